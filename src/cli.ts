#!/usr/bin/env node
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { SHELLS } from './commands/shells.js';
import type { Shell } from './commands/shells.js';
import { EXIT, UserError } from './commands/exit.js';
import { parseDuration } from './commands/durations.js';
import type { OwnKeys } from './commands/settings.js';
import { VERSION } from './commands/version.js';
import { versionsText } from './commands/versions.js';
import { REPORT_FORMATS } from './render/report-formats.js';
import type { ReportFormat } from './render/report-formats.js';
import { safeText } from './render/safe-text.js';
import type { SourceChoice } from './sources/live.js';

const duration = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0) throw new InvalidArgumentError('give a time such as 10s, 5m or 1h30m.');
  return ms;
};

const interval = (text: string): number => {
  const ms = duration(text);
  if (ms < 200 || ms > 60_000) throw new InvalidArgumentError('give an interval from 200ms to 60s.');
  return ms;
};

const sourceOption = (): Option =>
  new Option('--source <which>', 'where figures come from; auto takes probes where they can run')
    .choices(['auto', 'bpftrace', 'counters'])
    .default('auto');

const intervalOption = (): Option =>
  new Option('--interval <time>', 'time between two frames').argParser(interval).default(1000, '1s');

const themeOption = (): Option =>
  new Option('--theme <theme>', 'colours for a dark or a light background')
    .choices(['dark', 'light'])
    .default('dark');

const configOption = (): Option =>
  new Option('--config <file>', 'settings, instead of ~/.config/ctdiag/config.json');

interface LookFlags {
  readonly color: boolean;
  readonly ascii: boolean;
  readonly theme: 'dark' | 'light';
  readonly keys?: OwnKeys;
}

const look = (flags: LookFlags): Required<LookFlags> => ({
  // https://no-color.org: any value but the empty one.
  color: flags.color && (process.env['NO_COLOR'] ?? '') === '',
  ascii: flags.ascii,
  theme: flags.theme,
  keys: flags.keys ?? {},
});

/** The command line: commands are loaded when they are used, so that each starts fast. */
function program(finish: (exitCode: number) => void): Command {
  const root = new Command('ctdiag')
    .description('Names the limit that stops new connections to a Linux host.')
    .option('-V, --version', 'the versions of ctdiag, Node.js, the kernel and bpftrace')
    .on('option:version', () => {
      process.stdout.write(`${versionsText()}\n`);
      throw new CommanderError(EXIT.ok, 'commander.version', VERSION);
    })
    .showHelpAfterError('(--help lists the options)')
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing wrong, 1 warning, 2 critical, 3 could not tell (diagnose);\n64 wrong usage, 65 bad data, 69 a needed thing is missing, 73 cannot create,\n74 cannot write; 129, 130, 143 by signal.',
    );

  root.hook('preAction', async (_root, command) => {
    // Loaded here, so that help and completion pay nothing for it.
    const { applyConfig } = await import('./commands/settings.js');
    applyConfig(root, command);
  });

  root
    .command('top')
    .description('the live screen: which ceiling stopped the connections, and what to do')
    .addOption(sourceOption())
    .addOption(intervalOption())
    .option('--record <file>', 'write a capture as well')
    .option('--force', 'replace an existing capture', false)
    .option('--no-color', 'no colours (also NO_COLOR)')
    .option('--ascii', 'ASCII characters only', false)
    .addOption(themeOption())
    .addOption(configOption())
    .action(
      async (
        flags: LookFlags & { source: SourceChoice; interval: number; record?: string; force: boolean },
      ) => {
        const { top } = await import('./commands/top.js');
        finish(
          await top({
            ...look(flags),
            source: flags.source,
            intervalMs: flags.interval,
            recordTo: flags.record ?? null,
            force: flags.force,
          }),
        );
      },
    );

  root
    .command('record')
    .description('write what happens on this host to a capture (compressed when the name ends in .gz)')
    .argument('[file]', 'the capture; - is standard output', 'ctdiag.ctd.gz')
    .addOption(new Option('--duration <time>', 'how long; until Ctrl-C without it').argParser(duration))
    .addOption(sourceOption())
    .addOption(intervalOption())
    .option('--force', 'replace an existing capture', false)
    .option('--quiet', 'say nothing but errors', false)
    .addOption(configOption())
    .action(
      async (
        file: string,
        flags: { duration?: number; source: SourceChoice; interval: number; force: boolean; quiet: boolean },
      ) => {
        const { record } = await import('./commands/record.js');
        finish(
          await record(file, { ...flags, intervalMs: flags.interval, durationMs: flags.duration ?? null }),
        );
      },
    );

  root
    .command('replay')
    .description('play a capture on the screen')
    .argument('<file>', 'the capture')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .option('--ascii', 'ASCII characters only', false)
    .addOption(themeOption())
    .addOption(configOption())
    .action(async (file: string, flags: LookFlags) => {
      const { replay } = await import('./commands/replay.js');
      finish(await replay(file, look(flags)));
    });

  root
    .command('diagnose')
    .description('name the cause: of a capture, or of this host, watched for a while')
    .argument('[file]', 'the capture; - is standard input; without it this host')
    .addOption(
      new Option('--duration <time>', 'how long to watch this host')
        .argParser(duration)
        .default(10_000, '10s'),
    )
    .addOption(new Option('--format <format>', 'how to print it').choices(REPORT_FORMATS).default('text'))
    .addOption(sourceOption())
    .addOption(configOption())
    .action(
      async (
        file: string | undefined,
        flags: { duration: number; format: ReportFormat; source: SourceChoice },
      ) => {
        const { diagnoseCommand } = await import('./commands/diagnose.js');
        finish(await diagnoseCommand(file ?? null, { ...flags, durationMs: flags.duration }));
      },
    );

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
  process.stdout.write('', () => process.exit(exitCode));
}

function complain(message: string): void {
  const lines = message.split('\n').map((line) => safeText(line, 2000));
  process.stderr.write(`ctdiag: ${lines.join('\n')}\n`);
}

// A reader that went away (`ctdiag diagnose | head -1`) is no reason for a stack trace.
process.stdout.on('error', () => {
  // `record -` has a listener of its own, which says what was lost.
  if (process.stdout.listenerCount('error') === 1) process.exit(EXIT.cannotWrite);
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
  for (const command of [root, ...root.commands]) command.exitOverride();
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
