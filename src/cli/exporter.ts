import { Option } from 'commander';
import type { Command } from 'commander';
import type { ListenAddress } from '../commands/exporter/metrics-server.js';
import { EXIT, UserError } from '../exit.js';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import {
  configOption,
  DEFAULT_RING_BYTES,
  detailOption,
  intervalOption,
  size,
  sourceOption,
} from './options.js';
import type { FileSettings } from './options.js';
import { parseListenAddress } from './values/listen-address.js';

interface ExporterFlags extends FileSettings {
  readonly listen: ListenAddress;
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly interval: number;
  readonly ring?: string;
  readonly maxSize?: number;
  readonly events: boolean;
}

/** Adds `ctdiag exporter` to the command line. */
export function addExporterCommand(root: Command, finish: (exitCode: number) => void): void {
  root
    .command('exporter')
    .description('serve the limits and findings of this host as Prometheus metrics')
    .addOption(
      new Option('--listen <address>', 'address and port to serve http on; port 0 is any free port')
        .argParser(parseListenAddress)
        .default({ host: '127.0.0.1', port: 9435 }, '127.0.0.1:9435'),
    )
    .addOption(sourceOption())
    .addOption(detailOption())
    .addOption(intervalOption())
    .option('--ring <dir>', 'also keep the newest records in a directory, as record --ring does')
    .addOption(new Option('--max-size <size>', 'size of the whole ring (default: 256M)').argParser(size))
    .option('--events', 'print the diagnosis as a line of JSON each time the verdict changes', false)
    .addOption(configOption())
    .action(async (flags: ExporterFlags) => {
      const { listen, source, detail, interval: intervalMs, ring, maxSize, events, thresholds } = flags;
      if (ring === undefined && maxSize !== undefined)
        throw new UserError(EXIT.usage, '--max-size is the size of a ring: give --ring DIR with it.');
      const { exporter } = await import('../commands/exporter/exporter.js');
      finish(
        await exporter({
          listen,
          source,
          detail,
          intervalMs,
          ring: ring === undefined ? null : { dir: ring, maxBytes: maxSize ?? DEFAULT_RING_BYTES },
          events,
          thresholds,
        }),
      );
    });
}
