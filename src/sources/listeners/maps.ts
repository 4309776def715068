import { closeSync, openSync, readSync } from 'node:fs';

/** Reading the mappings holds mmap_lock of the process: it may take this share of the time at most. */
const MOST_SHARE = 0.01;

const chunk = Buffer.allocUnsafe(64 * 1024);
const NEWLINE = 10;

/** Counts the mappings of processes, the less often the longer it takes. */
export interface MapCounter {
  /** The count, of now or of the last time it was worth while; `null` when it could not be read. */
  count(pid: number): number | null;
  /** Forgets the processes that are not among these. */
  keep(pids: ReadonlySet<number>): void;
}

/** `now` in milliseconds. */
export function createMapCounter(procRoot: string, now: () => number): MapCounter {
  const known = new Map<number, { readonly maps: number | null; readonly nextMs: number }>();
  return {
    count(pid) {
      const before = known.get(pid);
      const startedMs = now();
      if (before !== undefined && startedMs < before.nextMs) return before.maps;
      const maps = countMaps(`${procRoot}/${pid}/maps`);
      const endedMs = now();
      known.set(pid, { maps, nextMs: endedMs + (endedMs - startedMs) / MOST_SHARE });
      return maps;
    },
    keep(pids) {
      for (const pid of known.keys()) if (!pids.has(pid)) known.delete(pid);
    },
  };
}

/** The lines of /proc/PID/maps but [vsyscall], which the kernel shows and does not count. */
function countMaps(file: string): number | null {
  let fd: number | null = null;
  try {
    fd = openSync(file, 'r');
    let count = 0;
    let tail = '';
    for (;;) {
      const got = readSync(fd, chunk, 0, chunk.length, null);
      if (got === 0) return tail.includes('[vsyscall]') ? count - 1 : count;
      for (let at = chunk.indexOf(NEWLINE); at >= 0 && at < got; at = chunk.indexOf(NEWLINE, at + 1))
        count += 1;
      tail = chunk.toString('latin1', Math.max(0, got - 64), got);
    }
  } catch {
    return null;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
