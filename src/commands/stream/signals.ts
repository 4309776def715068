import { SIGNAL_EXITS } from '../../exit.js';
import type { EndingSignal } from '../../exit.js';

/** Resolves with the first signal that asks ctdiag to end; a second one ends it at once. */
export function untilSignal(): { readonly ended: Promise<EndingSignal>; release(): void } {
  const names = Object.keys(SIGNAL_EXITS) as EndingSignal[];
  const handlers = new Map<EndingSignal, () => void>();
  const release = (): void => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
  const ended = new Promise<EndingSignal>((resolve) => {
    for (const name of names) {
      let asked = false;
      const handler = (): void => {
        // Stays installed after the first: without it a library's handler could take over and end us early.
        if (asked) {
          release();
          process.kill(process.pid, name);
        }
        asked = true;
        resolve(name);
      };
      handlers.set(name, handler);
      process.on(name, handler);
    }
  });
  return { ended, release };
}
