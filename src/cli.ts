#!/usr/bin/env node
import { Argument, Command, CommanderError, Option } from 'commander';
import { SHELLS } from './commands/shells.js';
import type { Shell } from './commands/shells.js';
import { EXIT, UserError } from './commands/exit.js';
import { addLimitsCommand } from './commands/limits-command.js';
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
} from './commands/options.js';
import type { FileSettings, LookFlags } from './commands/options.js';
import { ensureOpenFiles } from './commands/open-files.js';
import { addPlanCommand } from './commands/plan-command.js';
import { addRecordCommand } from './commands/record-command.js';
import { addReplayCommand } from './commands/replay-command.js';
import { VERSION } from './commands/version.js';
import { versionsText } from './commands/versions.js';
import { REPORT_FORMATS } from './render/report-formats.js';
import type { ReportFormat } from './render/report-formats.js';
import { safeText } from './render/safe-text.js';
import type { DetailMode, SourceChoice } from './sources/live.js';

/** The command line: commands are loaded when they are used, so that each starts fast. */
function program(finish: (exitCode: number) => void): Command {
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
    const { applyConfig } = await import('./commands/settings.js');
    const { bindingOf, keyName } = await import('../tui/keys.js');
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
        const { top } = await import('./commands/top.js');
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
          const { diagnoseSeveral } = await import('./commands/diagnose-several.js');
          finish(await diagnoseSeveral(files, { ...flags, span }));
          return;
        }
        const { diagnoseCommand } = await import('./commands/diagnose.js');
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
      const { exportCapture } = await import('./commands/export.js');
      finish(await exportCapture(file, flags.format));
    });

  root
    .command('redact')
    .description('write captures anew, with names and addresses mapped, to be shared')
    .argument('<file...>', 'captures; each goes to NAME.redacted.ctd.gz; - is standard input to output')
    .option('--force', 'replace existing captures', false)
    .action(async (files: string[], flags: { force: boolean }) => {
      const { redactCommand } = await import('./commands/redact.js');
      finish(await redactCommand(files, flags.force));
    });

  addLimitsCommand(root, finish);
  addPlanCommand(root, finish);

  root
    .command('doctor')
    .description('what works here, what does not, and the one command that mends it')
    .action(async () => {
      const { doctor } = await import('./commands/doctor.js');
      finish(await doctor());
    });

  root
    .command('completion')
    .description('a script that completes commands and options: source <(ctdiag completion bash)')
    .addArgument(new Argument('<shell>', 'of which shell').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completion } = await import('./commands/completion.js');
      process.stdout.write(completion(root, shell));
      finish(EXIT.ok);
    });

  root.command('man', { hidden: true }).action(async () => {
    const { manPage } = await import('./commands/man-page.js');
    process.stdout.write(manPage(root));
    finish(EXIT.ok);
  });

  return root;
}

/** Ends after what was written to standard output has left. The only place that ends the process. */
function exit(exitCode: number): void {
  process.stdout.write('', (error) => {
    if (error == null) process.exit(exitCode);
    lostOutput(error);
  });
}

/** What was to be read could not be written. That the reader went away (`| head -1`) needs no words. */
function lostOutput(error: Error): never {
  const code = 'code' in error ? String(error.code) : error.message;
  if (code !== 'EPIPE')
    complain(`standard output cannot be written: ${code === 'ENOSPC' ? 'the disk is full' : code}.`);
  process.exit(EXIT.cannotWrite);
}

function complain(message: string): void {
  const lines = message.split('\n').map((line) => safeText(line, 2000));
  process.stderr.write(`ctdiag: ${lines.join('\n')}\n`);
}

// A reader that went away (`ctdiag diagnose | head -1`) is no reason for a stack trace.
process.stdout.on('error', (error: Error) => {
  // `record -` has a listener of its own, which says what was lost.
  if (process.stdout.listenerCount('error') === 1) lostOutput(error);
});

/** A bug, not a user's mistake: told with its trace, after the exit handlers have restored the terminal. */
function crash(error: unknown): void {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.once('exit', () => complain(`this is a bug in ctdiag, please report it:\n${trace}`));
  process.exit(EXIT.internal);
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

async function main(): Promise<void> {
  const root = program(exit);
  for (const command of [root, ...root.commands]) {
    command.exitOverride();
    command.copyInheritedSettings(root);
  }
  try {
    await root.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help that was asked for is no error; commander has printed either.
      exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    } else if (error instanceof UserError) {
      complain(error.message);
      exit(error.exitCode);
    } else crash(error);
  }
}

await main();
