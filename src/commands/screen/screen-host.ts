import type { Thresholds } from '../../diagnose/thresholds.js';
import type { TerminalInput } from '../../../tui/index.js';
import type { Screen, ScreenCommand } from '../../playback/screen-state.js';
import { EXIT, SIGNAL_EXITS, UserError } from '../../exit.js';
import { safeText } from '../../render/safe-text.js';
import { withReports } from './report-screen.js';

export interface LookOptions {
  readonly color: boolean;
  /** `null` goes by the terminal and the locale. */
  readonly ascii: boolean | null;
  readonly theme: 'dark' | 'light';
  /** Keys of the user's own: each does what the other does. */
  readonly keys: Readonly<Record<string, string>>;
  /** What the lists are filtered by at first; nothing when empty. */
  readonly filter: string;
  /** From where on a ceiling is worth a warning; the standard ones when absent. */
  readonly thresholds?: Thresholds | undefined;
}

/** How a screen came to its end, as an exit code. */
export interface ScreenEnd {
  readonly exitCode: number;
}

/**
 * Opens the screen, lends it to `use`, and gives the terminal back whatever happens: a key, a signal, an
 * error, or the end of the process. `fail` ends the screen with an error.
 * `fallbackCommand` is what to use where no screen can be opened.
 */
export async function withScreen(
  look: LookOptions,
  fallbackCommand: string,
  use: (
    screen: Screen,
    onCommand: (handler: (command: ScreenCommand) => void) => void,
    fail: (error: unknown) => void,
  ) => Promise<void> | void,
  input: TerminalInput = process.stdin,
): Promise<ScreenEnd> {
  // Loaded here, so that no command without a screen pays for it.
  const { describeNotice, guardTerminal, openPacedOutput, openScreen, terminalRefusal } =
    await import('../../../tui/index.js');
  const refusal = terminalRefusal(input, process.stdout, process.env);
  if (refusal !== null)
    throw new UserError(
      EXIT.usage,
      `No screen can be opened: ${refusal} Use \`${fallbackCommand}\` instead.`,
    );

  let handler: (command: ScreenCommand) => void = () => undefined;
  let quit: (exitCode: number) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const ended = new Promise<number>((resolve, reject) => {
    quit = resolve;
    fail = reject;
  });
  // Rejected before anyone waits for it, when `use` itself takes its time.
  ended.catch(() => undefined);
  const open = (options: Parameters<typeof openScreen>[0]): Screen => {
    try {
      return openScreen(options);
    } catch (error) {
      const why = safeText(error instanceof Error ? error.message : String(error), 200);
      throw new UserError(
        EXIT.missing,
        `No screen can be opened: the terminal could not be set up (TERM=${safeText(process.env['TERM'] ?? '', 40)}: ${why}). Use \`${fallbackCommand}\` instead.`,
        { cause: error },
      );
    }
  };
  const pace = openPacedOutput(process.stdout);
  const opened = open({
    input,
    output: pace?.output ?? process.stdout,
    pace,
    env: process.env,
    ...look,
    onCommand(command) {
      if (command.kind === 'quit') quit(exitOfQuit(command.reason));
      else if (command.kind === 'write-report') screen.writeReport(command.format);
      else {
        screen.noticed();
        handler(command);
      }
    },
  });
  const screen = withReports(opened, () => performance.now());
  const release = guardTerminal(screen, {
    onSignal: (signal) => quit(SIGNAL_EXITS[signal]),
    // Told by the command line's own handler, once the terminal is given back.
    onException: () => undefined,
  });
  try {
    const used = (async () => {
      await use(screen, (next) => (handler = next), fail);
      return ended;
    })();
    // The capture may still be read, or followed for ever, when the user quits.
    return { exitCode: await Promise.race([ended, used]) };
  } finally {
    screen.close();
    release();
    for (const report of screen.reports) process.stderr.write(`ctdiag: ${describeNotice(report)}\n`);
  }
}

function exitOfQuit(reason: Extract<ScreenCommand, { kind: 'quit' }>['reason']): number {
  switch (reason) {
    case 'key':
      return EXIT.ok;
    case 'interrupt':
      return SIGNAL_EXITS.SIGINT;
    case 'terminal-lost':
      return SIGNAL_EXITS.SIGHUP;
  }
}
