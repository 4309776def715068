import { metricKind } from '../records/index.js';
import type { ElapsedMs, MetricName, Netns, SourceName } from '../records/index.js';
import type { Frame } from './frame.js';
import type { Reading, ReadingKey } from './reading.js';
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
  readonly isCounter: boolean;
  /** Which minute it last grew in, and by how much. */
  minute: number;
  minuteGrowth: number;
  /** When its value was last known. */
  beforeMs: ElapsedMs;
  /** The last value that was known: a counter that cannot be read for a moment goes on growing. */
  before: number | null;
  /** How many frames had been added when its reading last changed. */
  changedAt: number;
}

export type SeriesTracks = WindowPart<ReadonlyMap<ReadingKey, SeriesStats>>;

/** What each figure does over a window. A frame costs what has changed in it, however many figures there are. */
export function createSeries(tracks = new Map<ReadingKey, SeriesTrack>(), frames = 0): SeriesTracks {
  /** Counts the frames in which the reading stood as it was, `frame` being the last of them. */
  function settle(track: SeriesTrack, frame: Frame | null): void {
    if (frame === null || track.changedAt === frames || track.stats.last === null) return;
    if (track.isCounter) track.stats.growth ??= 0;
    track.beforeMs = frame.elapsedMs;
  }

  function take(track: SeriesTrack, { value, perSec }: Reading, atMs: ElapsedMs): void {
    const { stats, before } = track;
    if (value !== null) {
      if (before !== null && track.isCounter) {
        const step = value - before;
        stats.growth = (stats.growth ?? 0) + Math.max(0, step);
        if (step > 0) {
          stats.grew = extendSpan(stats.grew, atMs);
          countInMinute(track, step, atMs);
        }
      }
      stats.min = Math.min(stats.min ?? value, value);
      stats.max = Math.max(stats.max ?? value, value);
      track.before = value;
      track.beforeMs = atMs;
    }
    stats.last = value;
    stats.perSec = perSec;
    if (perSec !== null) stats.peakPerSec = Math.max(stats.peakPerSec ?? perSec, perSec);
  }

  return {
    add(frame, last) {
      const atMs = frame.elapsedMs;
      frame.readings.forEachChange(last?.readings ?? null, (reading, key) => {
        const track = tracks.get(key);
        if (track === undefined) {
          tracks.set(key, startTrack(reading, atMs, last === null, frames + 1));
          return;
        }
        settle(track, last);
        take(track, reading, atMs);
        track.changedAt = frames + 1;
      });
      frames += 1;
    },
    build(last) {
      const built = new Map<ReadingKey, SeriesStats>();
      for (const [key, track] of tracks) {
        settle(track, last);
        built.set(key, { ...track.stats });
      }
      return built;
    },
    clone: () =>
      createSeries(
        copyMap(tracks, (seriesTrack) => ({ ...seriesTrack, stats: { ...seriesTrack.stats } })),
        frames,
      ),
  };
}

function startTrack(reading: Reading, atMs: ElapsedMs, first: boolean, changedAt: number): SeriesTrack {
  const { name, netns, source, value, perSec } = reading;
  // Probe counters start at 0 when the probes attach: one that appears inside the window grew in it.
  const fromZero = source === 'bpftrace' && !first && value !== null;
  const stats = {
    name,
    netns,
    source,
    last: value,
    min: value,
    max: value,
    growth: fromZero ? value : null,
    grew: fromZero && value > 0 ? extendSpan(null, atMs) : null,
    perSec,
    peakPerSec: perSec,
    busiestMinute: fromZero ? value : 0,
  };
  const minute = Math.floor(atMs / MINUTE_MS);
  const isCounter = metricKind(name) === 'counter';
  const minuteGrowth = stats.busiestMinute;
  return { stats, isCounter, before: value, beforeMs: atMs, minute, minuteGrowth, changedAt };
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
