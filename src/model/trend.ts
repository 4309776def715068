import { NODE_WIDE } from '../records/index.js';
import type { ElapsedMs, MetricName } from '../records/index.js';
import { ceilingsOf } from './ceilings.js';
import type { CeilingKey } from './ceilings.js';
import type { Frame } from './frame.js';

/** One point of a chart: what a stretch of time is reduced to. */
export interface TrendPoint {
  /** The end of the stretch. */
  readonly elapsedMs: ElapsedMs;
  /** The highest that was used of each ceiling, with its limit then; absent where it was unknown. */
  readonly ceilings: ReadonlyMap<CeilingKey, { readonly used: number; readonly limit: number | null }>;
  /** The highest rate of each counter, summed over the namespaces; absent where it was unknown. */
  readonly perSec: ReadonlyMap<MetricName, number>;
}

/** The history of a host over any time, in a bounded number of points. */
export interface TrendBuilder {
  add(frame: Frame): void;
  /** The points so far, oldest first. */
  build(): readonly TrendPoint[];
}

/** As many as a chart has columns to show. */
const MOST_POINTS = 480;

/**
 * Starts a trend. When it has twice the points that a chart shows, neighbours are merged and the higher figure
 * stays, so that a day fits and no peak is lost.
 */
export function createTrend(mostPoints = MOST_POINTS): TrendBuilder {
  let points: TrendPoint[] = [];
  let framesPerPoint = 1;
  let pending: TrendPoint | null = null;
  let pendingFrames = 0;
  let last: { readonly frame: Frame; readonly perSec: ReadonlyMap<MetricName, number> } | null = null;

  return {
    add(frame) {
      const perSec = sumRates(frame, last);
      last = { frame, perSec };
      const point = pointOf(frame, perSec);
      pending = pending === null ? point : mergePoints(pending, point);
      pendingFrames += 1;
      if (pendingFrames < framesPerPoint) return;
      points.push(pending);
      pending = null;
      pendingFrames = 0;
      if (points.length < mostPoints * 2) return;
      points = mergePairs(points);
      framesPerPoint *= 2;
    },
    build() {
      const all = pending === null ? points : [...points, pending];
      return all.length > mostPoints ? mergePairs(all) : [...all];
    },
  };
}

/** The trend over `frames`. */
export function trendOf(frames: Iterable<Frame>): readonly TrendPoint[] {
  const builder = createTrend();
  for (const frame of frames) builder.add(frame);
  return builder.build();
}

/** The rates of all namespaces together, of each figure in which something changed anew. */
function sumRates(
  { readings }: Frame,
  last: { readonly frame: Frame; readonly perSec: ReadonlyMap<MetricName, number> } | null,
): ReadonlyMap<MetricName, number> {
  const changed = new Set<MetricName>();
  readings.forEachChange(last?.frame.readings ?? null, ({ name }) => changed.add(name));
  if (changed.size === 0 && last !== null) return last.perSec;
  const perSec = new Map(last?.perSec);
  for (const name of changed) {
    let sum: number | null = null;
    for (const { netns, perSec: rate } of readings.named(name))
      if (rate !== null && netns !== NODE_WIDE) sum = (sum ?? 0) + rate;
    if (sum === null) perSec.delete(name);
    else perSec.set(name, sum);
  }
  return perSec;
}

function pointOf(frame: Frame, perSec: ReadonlyMap<MetricName, number>): TrendPoint {
  const ceilings = new Map<CeilingKey, { used: number; limit: number | null }>();
  for (const { key, used, limit } of ceilingsOf(frame)) if (used !== null) ceilings.set(key, { used, limit });
  return { elapsedMs: frame.elapsedMs, ceilings, perSec };
}

function mergePairs(points: readonly TrendPoint[]): TrendPoint[] {
  const merged: TrendPoint[] = [];
  for (let index = 0; index < points.length; index += 2) {
    const [first, second] = [points[index], points[index + 1]];
    if (first !== undefined) merged.push(second === undefined ? first : mergePoints(first, second));
  }
  return merged;
}

function mergePoints(earlier: TrendPoint, later: TrendPoint): TrendPoint {
  const ceilings = new Map(earlier.ceilings);
  for (const [key, entry] of later.ceilings)
    if (entry.used >= (ceilings.get(key)?.used ?? 0)) ceilings.set(key, entry);
  const perSec = new Map(earlier.perSec);
  for (const [name, rate] of later.perSec) perSec.set(name, Math.max(rate, perSec.get(name) ?? 0));
  return { elapsedMs: later.elapsedMs, ceilings, perSec };
}
