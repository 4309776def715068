import { wanted } from './compose.js';
import type { Program } from './compose.js';
import { inspectSystem } from './system.js';
import type { ProbeSystem, SystemRoots } from './system.js';

/** How often a hook whose module is not loaded is looked for again. */
const PENDING_MS = 10_000;

/** Looks whether a module whose hooks are wanted has been loaded since. */
export interface ModuleWatch {
  readonly found: boolean;
  stop(): void;
}

/** Calls `onFound` once, when the functions of a hook that waits for its module are there. */
export function watchForModule(
  program: Program,
  system: ProbeSystem,
  roots: SystemRoots,
  onFound: () => void,
): ModuleWatch {
  let found = false;
  if (
    !program.coverage.some(
      (hookCoverage) => hookCoverage.state === 'pending' && hookCoverage.variant === null,
    )
  )
    return { stop: () => undefined, found };
  const before = system.functions.size;
  const timer = setInterval(() => {
    void inspectSystem({ ...roots, path: '' }, wanted()).then((now) => {
      if (now.functions.size <= before || found) return;
      found = true;
      onFound();
    });
  }, PENDING_MS);
  return {
    stop: () => clearInterval(timer),
    get found() {
      return found;
    },
  };
}
