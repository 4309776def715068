import type { Frame } from '../../src/model/index.js';

/** Columns of equal time that end at the newest frame; every chart of one screen shares it. */
export interface TimeAxis {
  readonly columns: number;
  readonly stepMs: number;
  /** The bucket of the newest column: buckets are aligned to the stream, so that a column keeps its frames. */
  readonly lastBucket: number;
}

const STEPS_MS = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60].map((seconds) => seconds * 1000);

/** The axis of a chart of `columns` columns that shows at least `leastMs`. */
export function timeAxis(
  frames: readonly Frame[],
  columns: number,
  intervalMs: number,
  leastMs: number,
): TimeAxis {
  const wanted = Math.max(intervalMs, leastMs / Math.max(1, columns));
  const stepMs = STEPS_MS.find((step) => step >= wanted) ?? Math.ceil(wanted / 60_000) * 60_000;
  return { columns, stepMs, lastBucket: bucketOf(frames.at(-1)?.elapsedMs ?? 0, stepMs) };
}

/** The axis of a chart whose columns span exactly this time, whatever its width. */
export function exactTimeAxis(frames: readonly Frame[], columns: number, span: number): TimeAxis {
  const stepMs = span / Math.max(1, columns);
  return { columns, stepMs, lastBucket: bucketOf(frames.at(-1)?.elapsedMs ?? 0, stepMs) };
}

/** The time the whole axis spans. */
export function spanMs(axis: TimeAxis): number {
  return axis.columns * axis.stepMs;
}

/** The column of a moment; outside of `0..columns-1` when it is not on the axis. */
export function columnAt(axis: TimeAxis, elapsedMs: number): number {
  return bucketOf(elapsedMs, axis.stepMs) - axis.lastBucket + axis.columns - 1;
}

/**
 * One value a column: the highest of those that fall in it, so that no peak is lost; `null` where nothing is
 * known. A frame speaks for the whole interval that it ends, so ticks that jitter leave no holes.
 */
export function valuesOnAxis(
  axis: TimeAxis,
  frames: readonly Frame[],
  values: readonly (number | null)[],
  intervalMs: number,
): (number | null)[] {
  const shown = new Array<number | null>(axis.columns).fill(null);
  frames.forEach((frame, index) => {
    const value = values[index] ?? null;
    if (value === null) return;
    const before = frames[index - 1]?.elapsedMs ?? frame.elapsedMs;
    const covered = Math.min(frame.elapsedMs - before, 1.9 * intervalMs);
    const last = columnAt(axis, frame.elapsedMs);
    const first = Math.min(last, columnAt(axis, frame.elapsedMs - covered) + 1);
    for (let column = Math.max(0, first); column <= Math.min(last, axis.columns - 1); column += 1) {
      const known = shown[column] ?? null;
      // The frame's own column takes the highest; one it only covers is filled when nothing else did.
      shown[column] = known === null ? value : column === last ? Math.max(known, value) : known;
    }
  });
  return shown;
}

function bucketOf(elapsedMs: number, stepMs: number): number {
  return Math.floor(elapsedMs / stepMs);
}
