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

interface RecordFlags {
  readonly duration?: number;
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly interval: number;
  readonly force: boolean;
  readonly quiet: boolean;
  readonly ring?: string;
  readonly maxSize?: number;
  readonly redact: boolean;
}

/** Adds `ctdiag record` to the command line. */
export function addRecordCommand(root: Command, finish: (exitCode: number) => void): void {
  root
    .command('record')
    .description('record this host to a capture file, or to a ring of files')
    .argument(
      '[file]',
      'capture to write, compressed if it ends in .gz; - is standard output (default: ctdiag-HOST-TIME.ctd.gz)',
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
    .action(async (file: string | undefined, flags: RecordFlags) => {
      const { record } = await import('../commands/record.js');
      const { ring, maxSize = null, force } = flags;
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
