import { Option } from 'commander';
import type { Command } from 'commander';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import { EXIT, UserError } from '../exit.js';
import {
  configOption,
  DEFAULT_RING_BYTES,
  detailOption,
  duration,
  intervalOption,
  size,
  sourceOption,
} from './options.js';
import { addSshOptions, recordArgsOf, refuseSshWithoutHosts, refuseTyped, sshOf } from './ssh-options.js';
import type { SshFlags } from './ssh-options.js';

interface RecordFlags extends SshFlags {
  readonly duration?: number;
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly interval: number;
  readonly force: boolean;
  readonly quiet: boolean;
  readonly ring?: string;
  readonly output?: string;
  readonly maxSize?: number;
  readonly redact: boolean;
}

/** Adds `ctdiag record` to the command line. */
export function addRecordCommand(root: Command, finish: (exitCode: number) => void): void {
  const command = root
    .command('record')
    .description('record this host to a capture file, or to a ring of files')
    .argument(
      '[file-or-hosts...]',
      'capture to write, compressed if it ends in .gz, - is standard output (default: ctdiag-HOST-TIME.ctd.gz); with --output, the hosts to record over ssh, @FILE is a list of them, - standard input',
    )
    .addOption(new Option('--duration <time>', 'how long (default: until Ctrl-C)').argParser(duration))
    .addOption(sourceOption())
    .addOption(detailOption())
    .addOption(intervalOption())
    .option('--force', 'replace an existing capture', false)
    .option('--quiet', 'print nothing but errors', false)
    .addOption(configOption())
    .option('--ring <dir>', 'flight recorder: keep the newest records in a directory, for weeks')
    .addOption(
      new Option(
        '--max-size <size>',
        'stop at this size; with --ring, size of the whole ring (default: 256M)',
      ).argParser(size),
    )
    .option('--redact', 'replace addresses and the names of host, processes and namespaces', false)
    .option('--output <dir>', 'record other hosts, each to a capture in this directory');
  addSshOptions(command).action(async (words: string[], flags: RecordFlags) => {
    const { ring, maxSize = null, force, output } = flags;
    if (output !== undefined) {
      if (words.length === 0)
        throw new UserError(EXIT.usage, `--output ${output} is for other hosts, and none is given.`);
      refuseTyped(
        command,
        ['ring', 'maxSize', 'force'],
        'is for a capture of this host; --output records other hosts.',
      );
      const { readHosts } = await import('../commands/hosts/inventory.js');
      const { recordHosts } = await import('../commands/record-hosts.js');
      const hosts = { hosts: readHosts(words), ssh: sshOf(flags), recordArgs: recordArgsOf(flags, command) };
      finish(
        await recordHosts({
          ...hosts,
          folder: output,
          durationMs: flags.duration ?? null,
          quiet: flags.quiet,
        }),
      );
      return;
    }
    refuseSshWithoutHosts(command, 'To record other hosts, add --output DIR.');
    const [file, ...more] = words;
    if (more.length > 0)
      throw new UserError(
        EXIT.usage,
        `One capture is written, and ${words.length} were given: ${words.join(', ')}. To record other hosts, add --output DIR.`,
      );
    const { record } = await import('../commands/record.js');
    if (ring !== undefined && file !== undefined)
      throw new UserError(EXIT.usage, `Give a file or --ring, not both: ${file}, ${ring}.`);
    const target =
      ring === undefined
        ? ({ kind: 'file', path: file ?? null, force, maxBytes: maxSize } as const)
        : ({ kind: 'ring', dir: ring, maxBytes: maxSize ?? DEFAULT_RING_BYTES } as const);
    const durationMs = flags.duration ?? null;
    finish(await record(target, { ...flags, intervalMs: flags.interval, durationMs }));
  });
}
