import { Option } from 'commander';
import type { Command } from 'commander';
import { asciiOption, configOption, look, noAsciiOption, speed, themeOption, time } from './options.js';
import type { LookFlags } from './options.js';

/** Adds `ctdiag replay` to the command line. */
export function addReplayCommand(root: Command, finish: (exitCode: number) => void): void {
  root
    .command('replay')
    .description('play captures on the screen; several are a table of hosts on one time line')
    .argument('<files...>', 'captures, or directories of rings; - is standard input')
    .option('--at <time>', 'start there: 20:41:07, or +5m from its beginning')
    .addOption(
      new Option('--from <time>', 'only from there: 20:41:07, or -10m before the end').argParser(time),
    )
    .addOption(new Option('--to <time>', 'only until there').argParser(time))
    .addOption(
      new Option('--speed <n>', '0.1 to 1000 times the pace of the recording, or max')
        .argParser(speed)
        .default(1),
    )
    .option('--follow', 'go on with what is still being written to the file or the ring', false)
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addOption(asciiOption())
    .addOption(noAsciiOption())
    .addOption(themeOption())
    .addOption(configOption())
    .action(
      async (
        files: string[],
        flags: LookFlags & { at?: string; from?: string; to?: string; speed: number; follow: boolean },
      ) => {
        const { replay } = await import('../commands/replay.js');
        const { at = null, from = null, to = null, follow } = flags;
        finish(await replay(files, { ...look(flags), at, span: { from, to }, speed: flags.speed, follow }));
      },
    );
}
