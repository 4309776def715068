import type { StreamHeader, StreamRecord } from '../records/index.js';
import { createFold } from './fold.js';
import type { Frame } from './frame.js';
import { createTrend } from './trend.js';
import type { TrendPoint } from './trend.js';
import { createWindow } from './window.js';
import type { Window } from './window.js';

/** Everything that was seen of a host, as one window. */
export interface WindowAccumulator {
  /** Takes the next record. */
  take(record: StreamRecord): void;
  /** Takes a frame that was folded elsewhere. */
  add(frame: Frame): void;
  /** `null` before the first frame. */
  window(): Window | null;
  /** The points of charts; empty unless they were asked for. */
  trend(): readonly TrendPoint[];
}

/** Starts without a frame; `trend` also keeps the points of charts. */
export function createAccumulator(
  header: StreamHeader,
  { trend: keepsTrend }: { readonly trend: boolean },
): WindowAccumulator {
  const fold = createFold(header);
  const window = createWindow(header);
  const trend = createTrend();
  function add(frame: Frame): void {
    window.add(frame);
    if (keepsTrend) trend.add(frame);
  }
  return {
    take(record) {
      const frame = fold.push(record);
      if (frame !== null) add(frame);
    },
    add,
    window: () => window.build(),
    trend: () => trend.build(),
  };
}
