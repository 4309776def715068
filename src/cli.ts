#!/usr/bin/env node
import { CommanderError } from 'commander';
import { program } from './cli/program.js';
import { describeError, errnoOf } from './errno.js';
import { EXIT, UserError } from './exit.js';
import { safeText } from './render/safe-text.js';

/** Ends after what was written to standard output has left. The only place that ends the process. */
function exit(exitCode: number): void {
  process.stdout.write('', (error) => {
    if (error == null) process.exit(exitCode);
    lostOutput(error);
  });
}

/** What was to be read could not be written. That the reader went away (`| head -1`) needs no words. */
function lostOutput(error: Error): never {
  if (errnoOf(error) !== 'EPIPE') complain(`standard output cannot be written: ${describeError(error)}.`);
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

/** A bug, not a user's mistake: printed with its trace, after the exit handlers have restored the terminal. */
function crash(error: unknown): void {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.once('exit', () => complain(`this is a bug in ctdiag, please report it:\n${trace}`));
  process.exit(EXIT.internal);
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

/** Without a command, a person at a terminal gets the live screen, and anything else the help. */
function withDefaultCommand(argv: readonly string[]): readonly string[] {
  if (argv.length > 2) return argv;
  return [...argv, process.stdin.isTTY && process.stdout.isTTY ? 'top' : '--help'];
}

async function main(): Promise<void> {
  const root = program(exit);
  for (const command of [root, ...root.commands]) {
    command.exitOverride();
    command.copyInheritedSettings(root);
  }
  try {
    await root.parseAsync(withDefaultCommand(process.argv));
  } catch (error) {
    if (error instanceof CommanderError) {
      // Requested help is not an error; commander has printed the help or the error already.
      exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    } else if (error instanceof UserError) {
      complain(error.message);
      exit(error.exitCode);
    } else crash(error);
  }
}

void main();
