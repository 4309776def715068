import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a process that runs for months must not gain. */
interface Held {
  readonly heapMiB: number;
  readonly descriptors: number;
  readonly children: number;
  readonly zombies: number;
}

/** More than this is growth: what V8 keeps of compiled code and shapes varies. */
const MOST_HEAP_MIB = 64;
const MOST_DESCRIPTORS = 4;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Memory after a collection, descriptors and children of this process, now. */
export function heldNow(): Held {
  collect();
  const states = childStates();
  return {
    heapMiB: Math.round(process.memoryUsage().heapUsed / 2 ** 20),
    descriptors: readdirSync('/proc/self/fd').length,
    children: states.length,
    zombies: states.filter((state) => state === 'Z').length,
  };
}

/** What has grown; empty when nothing has. */
export function growthBetween(before: Held, after: Held): string[] {
  const wrong: string[] = [];
  if (after.heapMiB > before.heapMiB + MOST_HEAP_MIB)
    wrong.push(`memory grew from ${before.heapMiB} to ${after.heapMiB} MiB`);
  if (after.descriptors > before.descriptors + MOST_DESCRIPTORS)
    wrong.push(`descriptors grew from ${before.descriptors} to ${after.descriptors}`);
  if (after.children > before.children)
    wrong.push(`children grew from ${before.children} to ${after.children}`);
  if (after.zombies > 0) wrong.push(`${after.zombies} zombies`);
  return wrong;
}

function childStates(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      // The name may hold spaces and brackets: what follows its last bracket is the state and the parent.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(parent) === process.pid ? [state] : [];
    } catch {
      return [];
    }
  });
}
