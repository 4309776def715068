import { SIGNAL_EXITS } from './exit.js';
import type { EndingSignal } from './exit.js';

/** Resolves with the first signal that asks ctdiag to end; a second one is left to end it at once. */
export function untilSignal(): { readonly ended: Promise<EndingSignal>; release(): void } {
  const names = Object.keys(SIGNAL_EXITS) as EndingSignal[];
  const handlers = new Map<EndingSignal, () => void>();
  const release = (): void => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
  const ended = new Promise<EndingSignal>((resolve) => {
    for (const name of names) {
      const handler = (): void => {
        release();
        resolve(name);
      };
      handlers.set(name, handler);
      process.on(name, handler);
    }
  });
  return { ended, release };
}
