import type { Command } from 'commander';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import { addLookOptions, configOption, detailOption, intervalOption, look, sourceOption } from './options.js';
import type { LookFlags } from './options.js';
import { addSshOptions, recordArgsOf, refuseSshWithoutHosts, refuseTyped, sshOf } from './ssh-options.js';
import type { SshFlags } from './ssh-options.js';

interface TopFlags extends LookFlags, SshFlags {
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
    .argument(
      '[hosts...]',
      'other hosts over ssh; @FILE is a list of them, - standard input (default: this host)',
    )
    .addOption(sourceOption())
    .addOption(detailOption())
    .addOption(intervalOption())
    .option('--record <file>', 'also write a capture')
    .option('--force', 'replace an existing capture', false)
    .option(
      '--plain',
      'print a line per interval, at most one per second, instead of a screen; needs no terminal',
      false,
    );
  addLookOptions(addSshOptions(command))
    .addOption(configOption())
    .action(async (hosts: string[], flags: TopFlags) => {
      if (hosts.length > 0) {
        refuseTyped(
          command,
          ['record', 'force'],
          'records this host; other hosts: `ctdiag record HOST --output DIR`.',
        );
        refuseTyped(
          command,
          ['plain'],
          'prints the lines of this host; other hosts: `ctdiag diagnose HOST`.',
        );
        const { readHosts } = await import('../commands/hosts/inventory.js');
        const { topHosts } = await import('../commands/top-hosts.js');
        const recordArgs = recordArgsOf(flags, command);
        finish(
          await topHosts({
            ...look(flags),
            hosts: readHosts(hosts),
            ssh: sshOf(flags),
            recordArgs,
            listFromInput: hosts.includes('-'),
          }),
        );
        return;
      }
      refuseSshWithoutHosts(command);
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
