import { Option } from 'commander';
import type { Command } from 'commander';
import { EXIT, UserError } from '../exit.js';
import { fromOption, toOption } from './options.js';

interface ExportFlags {
  readonly format: 'csv' | 'ndjson' | 'openmetrics' | 'capture';
  readonly from?: string;
  readonly to?: string;
}

/** Adds `ctdiag export` and `ctdiag redact` to the command line. */
export function addCaptureCommands(root: Command, finish: (exitCode: number) => void): void {
  root
    .command('export')
    .description('print the figures of a capture for spreadsheets, jq or backfilling Prometheus')
    .argument('<file>', 'capture or ring directory; - is standard input')
    .addOption(
      new Option('--format <format>', 'output format; capture is a part of it as a capture of its own')
        .choices(['csv', 'ndjson', 'openmetrics', 'capture'])
        .default('csv'),
    )
    .addOption(fromOption())
    .addOption(toOption())
    .action(async (file: string, flags: ExportFlags) => {
      const span = { from: flags.from ?? null, to: flags.to ?? null };
      if (flags.format === 'capture') {
        const { cutCapture } = await import('../commands/cut-capture.js');
        finish(await cutCapture(file, span));
        return;
      }
      if (span.from !== null || span.to !== null)
        throw new UserError(
          EXIT.usage,
          '--from and --to go with --format capture; export that part, then its figures.',
        );
      const { exportCapture } = await import('../commands/export.js');
      finish(await exportCapture(file, flags.format));
    });
  root
    .command('redact')
    .description('copy captures with names and addresses replaced, for sharing')
    .argument('<file...>', 'captures; each is copied to NAME.redacted.ctd.gz; - is standard input to output')
    .option('--force', 'replace existing captures', false)
    .option('--check', 'write nothing; search the captures for words that must not appear in them', false)
    .option('--words <file>', 'words and addresses to search for with --check, one per line')
    .action(async (files: string[], flags: { force: boolean; check: boolean; words?: string }) => {
      if (flags.check !== (flags.words !== undefined))
        throw new UserError(EXIT.usage, '--check and --words FILE go together.');
      if (flags.words !== undefined) {
        const { checkRedacted } = await import('../commands/redact-check.js');
        finish(await checkRedacted(files, flags.words));
        return;
      }
      const { redactCommand } = await import('../commands/redact.js');
      finish(await redactCommand(files, flags.force));
    });
}
