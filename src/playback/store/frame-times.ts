import type { ElapsedMs } from '../../records/index.js';

/** When each frame of a recording ended, oldest first. */
export interface FrameTimes {
  readonly length: number;
  add(elapsedMs: ElapsedMs): void;
  /** Drops so many of the oldest. */
  dropOldest(count: number): void;
  /** `undefined` outside. */
  at(index: number): ElapsedMs | undefined;
  /** The last frame not after `elapsedMs`; -1 before the first. */
  indexOf(elapsedMs: ElapsedMs): number;
}

/** Starts empty. */
export function createFrameTimes(): FrameTimes {
  let times = new Float64Array(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(elapsedMs) {
      if (length === times.length) {
        const larger = new Float64Array(length * 2);
        larger.set(times);
        times = larger;
      }
      times[length] = elapsedMs;
      length += 1;
    },
    dropOldest(count) {
      times.copyWithin(0, count, length);
      length -= count;
    },
    at: (index) => (index < 0 || index >= length ? undefined : times[index]),
    indexOf: (elapsedMs) => lastIndex(length, (index) => (times[index] ?? 0) <= elapsedMs),
  };
}

/**
 * Binary search: the last of `count` indices for which `holds` is true; -1 for none. It must be true up to some index
 * and false after it.
 */
export function lastIndex(count: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
