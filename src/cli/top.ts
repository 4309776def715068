import type { Command } from 'commander';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import { addLookOptions, configOption, detailOption, intervalOption, look, sourceOption } from './options.js';
import type { LookFlags } from './options.js';

interface TopFlags extends LookFlags {
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly interval: number;
  readonly record?: string;
  readonly force: boolean;
  readonly plain: boolean;
}

/** Adds `ctdiag top` to the command line. */
export function addTopCommand(root: Command, finish: (exitCode: number) => void): void {
  const command = root
    .command('top')
    .description('live screen: which limit stops new connections, and how to fix it')
    .addOption(sourceOption())
    .addOption(detailOption())
    .addOption(intervalOption())
    .option('--record <file>', 'also write a capture')
    .option('--force', 'replace an existing capture', false)
    .option('--plain', 'print one line per interval instead of a screen; needs no terminal', false);
  addLookOptions(command)
    .addOption(configOption())
    .action(async (flags: TopFlags) => {
      const { source, detail, force } = flags;
      const options = { source, detail, intervalMs: flags.interval, recordTo: flags.record ?? null, force };
      if (flags.plain) {
        const { plainTop } = await import('../commands/plain-top.js');
        finish(await plainTop({ ...options, thresholds: flags.thresholds }));
        return;
      }
      const { top } = await import('../commands/top.js');
      finish(await top({ ...look(flags), ...options }));
    });
}
