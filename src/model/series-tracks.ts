import { metricKind } from '../records/index.js';
import type { MetricName, Netns, SourceName } from '../records/index.js';
import type { ReadingKey } from './frame.js';
import { copyMap, extendSpan } from './tracks.js';
import type { Mutable, Span, WindowPart } from './tracks.js';

/** What one figure did over a window. */
export interface SeriesStats {
  readonly name: MetricName;
  readonly netns: Netns;
  readonly source: SourceName;
  /** The last known value, `null` when it is unknown now. */
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Sum of the increments inside the window, resets left out; `null` when fewer than two values were known. */
  readonly growth: number | null;
  /** When a counter grew; `null` when it never did. */
  readonly grew: Span | null;
  readonly perSec: number | null;
  readonly peakPerSec: number | null;
  /** What a counter gained in the busiest minute of the window, minutes counted from the start of the stream; 0 when it never grew. */
  readonly busiestMinute: number;
}

const MINUTE_MS = 60_000;

interface SeriesTrack {
  readonly stats: Mutable<SeriesStats>;
  /** Which minute it last grew in, and by how much. */
  minute: number;
  minuteGrowth: number;
  /** When its value was last known. */
  beforeMs: number;
  /** The last value that was known: a counter that cannot be read for a moment goes on growing. */
  before: number | null;
}

export type SeriesTracks = WindowPart<ReadonlyMap<ReadingKey, SeriesStats>>;

/** What each figure does over a window. */
export function createSeries(tracks = new Map<ReadingKey, SeriesTrack>()): SeriesTracks {
  return {
    add(frame, first) {
      frame.readings.forEach((reading, key) => {
        const { value, perSec } = reading;
        const track = tracks.get(key);
        if (track === undefined) {
          // Probe counters start at 0 when the probes attach: one that appears inside the window grew in it.
          const fromZero = reading.source === 'bpftrace' && !first && value !== null;
          const stats = {
            name: reading.name,
            netns: reading.netns,
            source: reading.source,
            last: value,
            min: value,
            max: value,
            growth: fromZero ? value : null,
            grew: fromZero && value > 0 ? extendSpan(null, frame.elapsedMs) : null,
            perSec,
            peakPerSec: perSec,
            busiestMinute: fromZero ? value : 0,
          };
          const minute = Math.floor(frame.elapsedMs / MINUTE_MS);
          const minuteGrowth = stats.busiestMinute;
          tracks.set(key, { stats, before: value, beforeMs: frame.elapsedMs, minute, minuteGrowth });
          return;
        }
        const { stats, before } = track;
        if (value !== null) {
          if (before !== null && metricKind(reading.name) === 'counter') {
            const step = value - before;
            stats.growth = (stats.growth ?? 0) + Math.max(0, step);
            if (step > 0) {
              stats.grew = extendSpan(stats.grew, frame.elapsedMs);
              countInMinute(track, step, frame.elapsedMs);
            }
          }
          stats.min = Math.min(stats.min ?? value, value);
          stats.max = Math.max(stats.max ?? value, value);
          track.before = value;
          track.beforeMs = frame.elapsedMs;
        }
        stats.last = value;
        stats.perSec = perSec;
        if (perSec !== null) stats.peakPerSec = Math.max(stats.peakPerSec ?? perSec, perSec);
      });
    },
    build: () => new Map([...tracks].map(([key, { stats }]) => [key, { ...stats }])),
    clone: () =>
      createSeries(copyMap(tracks, (seriesTrack) => ({ ...seriesTrack, stats: { ...seriesTrack.stats } }))),
  };
}

function countInMinute(track: SeriesTrack, step: number, atMs: number): void {
  const minute = Math.floor(atMs / MINUTE_MS);
  if (minute !== track.minute) track.minuteGrowth = 0;
  track.minute = minute;
  // What was gained across a gap was gained all along it.
  const silentMs = atMs - track.beforeMs;
  track.minuteGrowth += silentMs > MINUTE_MS ? (step * MINUTE_MS) / silentMs : step;
  track.stats.busiestMinute = Math.max(track.stats.busiestMinute, track.minuteGrowth);
}
