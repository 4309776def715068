import { Argument, Command, CommanderError, Option } from 'commander';
import { SHELLS } from './shells.js';
import type { Shell } from './shells.js';
import { EXIT, UserError } from '../exit.js';
import { addLimitsCommand } from './limits.js';
import {
  duration,
  time,
  sourceOption,
  detailOption,
  intervalOption,
  themeOption,
  asciiOption,
  noAsciiOption,
  configOption,
  look,
  refuseMeaningless,
} from './options.js';
import type { FileSettings, LookFlags } from './options.js';
import { ensureOpenFiles } from './open-files.js';
import { addPlanCommand } from './plan.js';
import { addRecordCommand } from './record.js';
import { addReplayCommand } from './replay.js';
import { VERSION } from '../version.js';
import { versionsText } from './versions.js';
import { REPORT_FORMATS } from '../render/report/report-formats.js';
import type { ReportFormat } from '../render/report/report-formats.js';
import type { DetailMode, SourceChoice } from '../sources/live.js';

/** The command line: commands are loaded when they are used, so that each starts fast. */
export function program(finish: (exitCode: number) => void): Command {
  const root = new Command('ctdiag')
    .description('Names the limit that stops new connections to a Linux host.')
    .option('-V, --version', 'the versions of ctdiag, Node.js, the kernel and bpftrace')
    .on('option:version', () => {
      process.stdout.write(`${versionsText()}\n`);
      throw new CommanderError(EXIT.ok, 'commander.version', VERSION);
    })
    .configureOutput({
      outputError: (text, write) =>
        write(`ctdiag: ${text.trim().replace(/^error: /, '')} (--help lists the options)\n`),
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing wrong, 1 warning, 2 critical, 3 could not tell (diagnose);\nplan: 0 fits, 2 does not; --check as diagnose; --apply 1 where it will not be kept;\n64 wrong usage, 65 bad data, 69 a needed thing is missing, 70 a bug in ctdiag,\n73 cannot create, 74 cannot write; 129, 130, 143 by signal.',
    );

  root.hook('preAction', async (_root, command) => {
    ensureOpenFiles();
    // Loaded here, so that help and completion pay nothing for it.
    const { applyConfig } = await import('./settings.js');
    const { bindingOf, keyName } = await import('../../tui/state/bindings.js');
    applyConfig(root, command, (key) => bindingOf(keyName(key)) !== undefined);
  });

  root
    .command('top')
    .description('the live screen: which ceiling stopped the connections, and what to do')
    .addOption(sourceOption())
    .addOption(detailOption())
    .addOption(intervalOption())
    .option('--record <file>', 'write a capture as well')
    .option('--force', 'replace an existing capture', false)
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addOption(asciiOption())
    .addOption(noAsciiOption())
    .addOption(themeOption())
    .addOption(configOption())
    .action(
      async (
        flags: LookFlags & {
          source: SourceChoice;
          detail: DetailMode;
          interval: number;
          record?: string;
          force: boolean;
        },
      ) => {
        const { top } = await import('../commands/top.js');
        finish(
          await top({
            ...look(flags),
            source: flags.source,
            detail: flags.detail,
            intervalMs: flags.interval,
            recordTo: flags.record ?? null,
            force: flags.force,
          }),
        );
      },
    );

  addRecordCommand(root, finish);
  addReplayCommand(root, finish);

  root
    .command('diagnose')
    .description('name the cause: of a capture, or of this host, watched for a while')
    .argument('[files...]', 'captures, or directories of rings; - is standard input; without one this host')
    .addOption(new Option('--from <time>', 'of a capture: 20:41:07, or -10m before its end').argParser(time))
    .addOption(new Option('--to <time>', 'of a capture: until when').argParser(time))
    .addOption(
      new Option('--duration <time>', 'how long to watch this host')
        .argParser(duration)
        .default(10_000, '10s'),
    )
    .addOption(new Option('--format <format>', 'how to print it').choices(REPORT_FORMATS).default('text'))
    .addOption(sourceOption())
    .addOption(detailOption())
    .addOption(configOption())
    .action(
      async (
        files: string[],
        flags: {
          duration: number;
          format: ReportFormat;
          source: SourceChoice;
          detail: DetailMode;
          from?: string;
          to?: string;
        } & FileSettings,
        command: Command,
      ) => {
        const [file = null, ...more] = files;
        refuseMeaningless(file, command);
        const span = { from: flags.from ?? null, to: flags.to ?? null };
        if (more.length > 0) {
          const { diagnoseSeveral } = await import('../commands/diagnose-several.js');
          finish(await diagnoseSeveral(files, { ...flags, span }));
          return;
        }
        const { diagnoseCommand } = await import('../commands/diagnose.js');
        finish(await diagnoseCommand(file, { ...flags, durationMs: flags.duration, span }));
      },
    );

  root
    .command('export')
    .description('the figures of a capture for spreadsheets, jq, or back-filling Prometheus')
    .argument('<file>', 'the capture, or the directory of a ring; - is standard input')
    .addOption(
      new Option('--format <format>', 'how to write them')
        .choices(['csv', 'ndjson', 'openmetrics'])
        .default('csv'),
    )
    .action(async (file: string, flags: { format: 'csv' | 'ndjson' | 'openmetrics' }) => {
      const { exportCapture } = await import('../commands/export.js');
      finish(await exportCapture(file, flags.format));
    });

  root
    .command('redact')
    .description('write captures anew, with names and addresses mapped, to be shared')
    .argument('<file...>', 'captures; each goes to NAME.redacted.ctd.gz; - is standard input to output')
    .option('--force', 'replace existing captures', false)
    .option('--check', 'write nothing; search the captures for words that must not be in them', false)
    .option('--words <file>', 'words and addresses for --check, one a line')
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

  addLimitsCommand(root, finish);
  addPlanCommand(root, finish);

  root
    .command('doctor')
    .description('what works here, what does not, and the one command that mends it')
    .action(async () => {
      const { doctor } = await import('../commands/doctor.js');
      finish(await doctor());
    });

  root
    .command('completion')
    .description('a script that completes commands and options: source <(ctdiag completion bash)')
    .addArgument(new Argument('<shell>', 'of which shell').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completion } = await import('./completion.js');
      process.stdout.write(completion(root, shell));
      finish(EXIT.ok);
    });

  root.command('man', { hidden: true }).action(async () => {
    const { manPage } = await import('./man-page.js');
    process.stdout.write(manPage(root));
    finish(EXIT.ok);
  });

  return root;
}
