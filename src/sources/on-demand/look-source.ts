import type { ElapsedMs } from '../../records/index.js';
import type { Source } from '../source.js';
import type { Looks } from './looks.js';

/** A source that does nothing but look where `nextLook` finds it worth it, and not before the first frame is out. */
export function createLookSource(options: {
  readonly looks: Looks;
  /** The look that is due, if one is; asked only while none is under way. */
  readonly nextLook: (elapsedMs: ElapsedMs) => (() => Promise<void>) | null;
  /** What is looked at, for a user. */
  readonly what: string;
  /** Why the last look saw nothing, a clause; `null` when it did. */
  readonly failure: () => string | null;
}): Source & Pick<Looks, 'settled'> {
  const { looks, nextLook, what, failure } = options;
  let polled = false;
  return {
    poll(elapsedMs) {
      // A person waits for the first frame.
      const due = polled && looks.isFree ? nextLook(elapsedMs) : null;
      polled = true;
      if (due !== null) looks.start(due);
      return [];
    },
    stop: () => looks.stop(),
    settled: () => looks.settled(),
    kill: () => looks.kill(),
    get unreadable() {
      const why = failure();
      return why === null ? [] : [{ what, why }];
    },
  };
}
