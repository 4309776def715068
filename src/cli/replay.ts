import { Option } from 'commander';
import type { Command } from 'commander';
import { addLookOptions, atOption, configOption, fromOption, look, speed, toOption } from './options.js';
import type { LookFlags } from './options.js';

interface ReplayFlags extends LookFlags {
  readonly at?: string;
  readonly from?: string;
  readonly to?: string;
  readonly speed: number;
  readonly follow: boolean;
}

/** Adds `ctdiag replay` to the command line. */
export function addReplayCommand(root: Command, finish: (exitCode: number) => void): void {
  const command = root
    .command('replay')
    .description('play captures on the screen; several are shown as a table of hosts')
    .argument('<files...>', 'captures or ring directories; - is standard input')
    .addOption(atOption())
    .addOption(fromOption())
    .addOption(toOption())
    .addOption(
      new Option('--speed <n>', '0.1 to 1000 times the recorded speed, or max').argParser(speed).default(1),
    )
    .option('--follow', 'keep reading what is still being recorded', false);
  addLookOptions(command)
    .addOption(configOption())
    .action(async (files: string[], flags: ReplayFlags) => {
      const { replay } = await import('../commands/replay.js');
      const { at = null, from = null, to = null, follow } = flags;
      finish(await replay(files, { ...look(flags), at, span: { from, to }, speed: flags.speed, follow }));
    });
}
