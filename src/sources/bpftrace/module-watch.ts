import { lookupsOfVariants } from './compose.js';
import type { Program } from './compose.js';
import { functionsOf } from './system.js';
import type { ProbeSystem, SystemRoots } from './system.js';

/** How often a module that was not loaded is looked for again. */
const PENDING_MS = 10_000;

/** Notices when a module that hooks need has been loaded. */
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
    void functionsOf(`${roots.proc}/kallsyms`, lookupsOfVariants().functions).then((functions) => {
      if (functions.size <= before || found) return;
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
