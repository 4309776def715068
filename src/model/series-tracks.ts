import { metricKind } from '../records/index.js';
import type { MetricName, Netns, SourceName } from '../records/index.js';
import type { ReadingKey } from './frame.js';
import { copied, grownTo } from './tracks.js';
import type { Mutable, Span, Tracks } from './tracks.js';

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
}

interface SeriesTrack {
  readonly stats: Mutable<SeriesStats>;
  /** The last value that was known: a counter that cannot be read for a moment goes on growing. */
  before: number | null;
}

export type SeriesTracks = Tracks<ReadonlyMap<ReadingKey, SeriesStats>>;

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
            grew: fromZero && value > 0 ? grownTo(null, frame.elapsedMs) : null,
            perSec,
            peakPerSec: perSec,
          };
          tracks.set(key, { stats, before: value });
          return;
        }
        const { stats, before } = track;
        if (value !== null) {
          if (before !== null && metricKind(reading.name) === 'counter') {
            const step = value - before;
            stats.growth = (stats.growth ?? 0) + Math.max(0, step);
            if (step > 0) stats.grew = grownTo(stats.grew, frame.elapsedMs);
          }
          stats.min = Math.min(stats.min ?? value, value);
          stats.max = Math.max(stats.max ?? value, value);
          track.before = value;
        }
        stats.last = value;
        stats.perSec = perSec;
        if (perSec !== null) stats.peakPerSec = Math.max(stats.peakPerSec ?? perSec, perSec);
      });
    },
    build: () => new Map([...tracks].map(([key, { stats }]) => [key, { ...stats }])),
    clone: () =>
      createSeries(copied(tracks, (seriesTrack) => ({ ...seriesTrack, stats: { ...seriesTrack.stats } }))),
  };
}
