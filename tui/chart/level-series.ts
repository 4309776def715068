import { ceilingsOf } from '../../src/model/index.js';
import type { Frame } from '../../src/model/index.js';

// Frames never change, and each is read again at every redraw while it is on a chart.
const usedByFrame = new WeakMap<Frame, ReadonlyMap<string, number | null>>();

/** What was used of a ceiling, by its key, in a frame; `null` where that is unknown. */
export function usedAt(frame: Frame, key: string): number | null {
  let used = usedByFrame.get(frame);
  if (used === undefined) {
    used = new Map(ceilingsOf(frame).map((ceiling) => [ceiling.key, ceiling.used]));
    usedByFrame.set(frame, used);
  }
  return used.get(key) ?? null;
}
