import type { Screen } from '../../src/playback/screen-state.js';

/** Signals that end ctdiag. */
export type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT';

/** What follows once the terminal has been given back; the exit itself is the command's. */
export interface GuardHooks {
  onSignal(signal: EndingSignal): void;
  /** An uncaught exception or rejection. */
  onException(error: unknown): void;
}

/** The part of `process` that is needed; another one in tests. */
export interface ProcessLike {
  on(event: string, listener: (given: unknown) => void): unknown;
  removeListener(event: string, listener: (given: unknown) => void): unknown;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

const ENDING: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
/** kill(2): every process of the job, so that npm or sudo above us stops as well. */
const WHOLE_JOB = 0;

/**
 * Gives the terminal back whatever ends or stops the process: signals, SIGTSTP and SIGCONT, an exception, a
 * plain exit. Returns a function that takes the handlers off again.
 */
export function guardTerminal(
  screen: Pick<Screen, 'close' | 'suspend' | 'resume'>,
  hooks: GuardHooks,
  target: ProcessLike = process,
): () => void {
  const handlers = new Map<string, (given: unknown) => void>();
  const handle = (event: string, listener: (given: unknown) => void): void => {
    handlers.set(event, listener);
    target.on(event, listener);
  };

  for (const signal of ENDING)
    handle(signal, () => {
      screen.close();
      hooks.onSignal(signal);
    });
  for (const event of ['uncaughtException', 'unhandledRejection'])
    handle(event, (error) => {
      screen.close();
      hooks.onException(error);
    });
  handle('exit', () => screen.close());

  const stop = (): void => {
    screen.suspend();
    // Without a handler the signal does what it does to any process: it stops.
    target.removeListener('SIGTSTP', stop);
    target.kill(WHOLE_JOB, 'SIGTSTP');
  };
  handle('SIGTSTP', stop);
  handle('SIGCONT', () => {
    target.removeListener('SIGTSTP', stop);
    target.on('SIGTSTP', stop);
    screen.resume();
  });

  return () => {
    for (const [event, listener] of handlers) target.removeListener(event, listener);
    handlers.clear();
  };
}
