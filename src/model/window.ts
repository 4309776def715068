import { metricKind } from '../records/index.js';
import type {
  ElapsedMs,
  FlowsRecord,
  Listener,
  MetricName,
  Netns,
  SourceName,
  StreamHeader,
} from '../records/index.js';
import { ceilingsOf } from './ceilings.js';
import type { Ceiling, CeilingKey } from './ceilings.js';
import { flowGrowth } from './flows.js';
import type { FlowGrowth } from './flows.js';
import { readingKey } from './frame.js';
import type { Frame, ReadingKey } from './frame.js';
import { createPlateaus } from './plateau.js';
import type { Plateau, PlateauBuilder } from './plateau.js';
import { createTaskRefusals } from './task-refusals.js';
import type { TaskRefusals, TaskRefusalsBuilder } from './task-refusals.js';

/** When something was seen: the first and the last frame of it. */
export interface Span {
  readonly fromMs: ElapsedMs;
  readonly toMs: ElapsedMs;
}

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

/** The highest share of a ceiling that a window saw. */
export interface CeilingPeak {
  readonly used: number;
  readonly limit: number;
  readonly share: number;
  readonly atMs: ElapsedMs;
}

/** One ceiling over a window: where it stands, how it got there, when it will be full. */
export interface CeilingStats extends Ceiling {
  /** Since when the share has been {@link HIGH_SHARE} or more without a break; `null` when it is not now. */
  readonly highSinceMs: ElapsedMs | null;
  /** The first and the last frame in which `used` stood at `limit` or above; `null` when it never did. */
  readonly full: Span | null;
  readonly peak: CeilingPeak | null;
  /** Growth of `used` per second over the window's last ten seconds; `null` with fewer than two values. */
  readonly growthPerSec: number | null;
  /** Seconds until `used` meets `limit` at that growth; 0 when full; `null` when not within an hour, or unknown. */
  readonly fullInSec: number | null;
}

/** What was refused at one listener over a window. */
export interface ListenerStats {
  readonly listener: Listener;
  /** Overflows inside the window; `null` when the probes did not say. */
  readonly overflowGrowth: number | null;
  readonly grew: Span | null;
  /** The longest accept queue seen. */
  readonly peakQueue: number | null;
  /** It is still there in the newest frame. */
  readonly present: boolean;
}

/** A stretch of frames, folded: what diagnosis and screens read. */
export interface Window {
  readonly header: StreamHeader;
  readonly fromMs: ElapsedMs;
  readonly toMs: ElapsedMs;
  readonly frameCount: number;
  /** The newest frame. */
  readonly last: Frame;
  readonly series: ReadonlyMap<ReadingKey, SeriesStats>;
  readonly ceilings: readonly CeilingStats[];
  /** Ceilings of processes and sockets that are gone from the newest frame: what they reached is still true. */
  readonly goneCeilings: readonly CeilingStats[];
  readonly listeners: readonly ListenerStats[];
  /** What control groups refused to the processes that listen. */
  readonly taskRefusals: readonly TaskRefusals[];
  /** Times in which connections were opened and those that stand did not grow. */
  readonly plateaus: readonly Plateau[];
  /** Who was refused by a full table; `null` while no detail program has said anything. */
  readonly refusedFlows: FlowGrowth | null;
  /** Who opened flows, while a detail program ran. */
  readonly openedFlows: FlowGrowth | null;
  readonly gaps: readonly {
    readonly source: SourceName;
    readonly reason: string;
    readonly atMs: ElapsedMs;
  }[];
}

/** What `name` did in `netns` over the window; `undefined` when it was never reported. */
export function seriesOf(window: Window, netns: Netns, name: MetricName): SeriesStats | undefined {
  return window.series.get(readingKey(netns, name));
}

/** Every namespace in which any figure of the window was reported. */
export function namespacesOf(window: Window): Netns[] {
  return [...new Set([...window.series.values()].map((one) => one.netns))];
}

/** From this share on a ceiling is worth an eye. */
export const HIGH_SHARE = 0.75;

/** Growth is of now: over a whole window, a peak that drains would still seem to grow. */
const RECENT_MS = 10_000;

/** Growth seen over seconds says nothing about a time further off. */
const FAR_SEC = 3600;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface SeriesTrack {
  readonly stats: Mutable<SeriesStats>;
  /** The last value that was known: a counter that cannot be read for a moment goes on growing. */
  before: number | null;
}

interface CeilingTrack {
  ceiling: Ceiling;
  highSinceMs: ElapsedMs | null;
  full: Span | null;
  /** The levels of the last {@link RECENT_MS}, and the one before them. */
  readonly recent: { readonly used: number; readonly atMs: ElapsedMs }[];
  peak: CeilingPeak | null;
}

interface ListenerTrack {
  readonly stats: Mutable<ListenerStats>;
  before: number | null;
}

/** Folds frames into a window one at a time, so that a day need not be held in memory. */
export interface WindowBuilder {
  add(frame: Frame): void;
  /** The window so far, a snapshot; `null` before the first frame. */
  build(): Window | null;
  /** Another that goes on from here by itself. */
  clone(): WindowBuilder;
}

/** What a builder has folded so far. */
interface Folded {
  readonly seriesTracks: Map<ReadingKey, SeriesTrack>;
  readonly ceilingTracks: Map<CeilingKey, CeilingTrack>;
  readonly listenerTracks: Map<string, ListenerTrack>;
  readonly plateaus: PlateauBuilder;
  readonly taskRefusals: TaskRefusalsBuilder;
  readonly gaps: { source: SourceName; reason: string; atMs: ElapsedMs }[];
  readonly fromMs: ElapsedMs;
  readonly firstFlows: FlowsRecord | null;
  readonly frameCount: number;
  readonly last: Frame | null;
}

/** Starts a window that `add` grows frame by frame. */
export function createWindow(header: StreamHeader): WindowBuilder {
  return goOn(header, {
    seriesTracks: new Map(),
    ceilingTracks: new Map(),
    listenerTracks: new Map(),
    plateaus: createPlateaus(),
    taskRefusals: createTaskRefusals(),
    gaps: [],
    fromMs: 0,
    firstFlows: null,
    frameCount: 0,
    last: null,
  });
}

function goOn(header: StreamHeader, folded: Folded): WindowBuilder {
  const { seriesTracks, ceilingTracks, listenerTracks, plateaus, taskRefusals, gaps } = folded;
  let { fromMs, firstFlows, frameCount, last } = folded;

  function addReadings(frame: Frame): void {
    for (const [key, reading] of frame.readings) {
      const { value, perSec } = reading;
      const track = seriesTracks.get(key);
      if (track === undefined) {
        // Probe counters start at 0 when the probes attach: one that appears inside the window grew in it.
        const fromZero = reading.source === 'bpftrace' && frameCount > 0 && value !== null;
        const stats = {
          name: reading.name,
          netns: reading.netns,
          source: reading.source,
          last: value,
          min: value,
          max: value,
          growth: fromZero ? value : null,
          grew: fromZero && value > 0 ? { fromMs: frame.elapsedMs, toMs: frame.elapsedMs } : null,
          perSec,
          peakPerSec: perSec,
        };
        seriesTracks.set(key, { stats, before: value });
        continue;
      }
      const { stats, before } = track;
      if (value !== null) {
        if (before !== null && metricKind(reading.name) === 'counter') {
          const step = value - before;
          stats.growth = (stats.growth ?? 0) + Math.max(0, step);
          if (step > 0) stats.grew = { fromMs: stats.grew?.fromMs ?? frame.elapsedMs, toMs: frame.elapsedMs };
        }
        stats.min = Math.min(stats.min ?? value, value);
        stats.max = Math.max(stats.max ?? value, value);
        track.before = value;
      }
      stats.last = value;
      stats.perSec = perSec;
      if (perSec !== null) stats.peakPerSec = Math.max(stats.peakPerSec ?? perSec, perSec);
    }
  }

  function addCeilings(frame: Frame): void {
    for (const ceiling of ceilingsOf(frame)) {
      let track = ceilingTracks.get(ceiling.key);
      if (track === undefined) {
        track = { ceiling, recent: [], peak: null, highSinceMs: null, full: null };
        ceilingTracks.set(ceiling.key, track);
      }
      const { used, limit, share } = ceiling;
      track.ceiling = ceiling;
      if (used === null) continue;
      if (share !== null)
        track.highSinceMs = share >= HIGH_SHARE ? (track.highSinceMs ?? frame.elapsedMs) : null;
      if (share !== null && share >= 1)
        track.full = { fromMs: track.full?.fromMs ?? frame.elapsedMs, toMs: frame.elapsedMs };
      track.recent.push({ used, atMs: frame.elapsedMs });
      while ((track.recent[1]?.atMs ?? Infinity) <= frame.elapsedMs - RECENT_MS) track.recent.shift();
      if (limit === null || share === null) continue;
      if (track.peak === null || share > track.peak.share)
        track.peak = { used, limit, share, atMs: frame.elapsedMs };
    }
  }

  function addListeners(frame: Frame): void {
    for (const listener of frame.listeners) {
      const key = keyOf(listener);
      const track = listenerTracks.get(key);
      const now = listener.overflows;
      if (track === undefined) {
        // Overflows are counted from 0 since the probes attached; see addReadings.
        const fromZero = frameCount > 0 && now !== null && now > 0;
        const stats = {
          listener,
          overflowGrowth: now === null ? null : fromZero ? now : 0,
          grew: fromZero ? { fromMs: frame.elapsedMs, toMs: frame.elapsedMs } : null,
          peakQueue: listener.acceptQueue,
          present: true,
        };
        listenerTracks.set(key, { stats, before: now });
        continue;
      }
      const { stats } = track;
      if (now !== null) {
        const step = Math.max(0, now - (track.before ?? 0));
        stats.overflowGrowth = (stats.overflowGrowth ?? 0) + step;
        if (step > 0) stats.grew = { fromMs: stats.grew?.fromMs ?? frame.elapsedMs, toMs: frame.elapsedMs };
        track.before = now;
      }
      if (listener.acceptQueue !== null)
        stats.peakQueue = Math.max(stats.peakQueue ?? 0, listener.acceptQueue);
      stats.listener = listener;
    }
  }

  function listenerStats(frame: Frame): ListenerStats[] {
    const present = new Set(frame.listeners.map(keyOf));
    return [...listenerTracks].map(([key, { stats }]) => ({ ...stats, present: present.has(key) }));
  }

  function ceilingStats(frame: Frame): CeilingStats[] {
    return ceilingsOf(frame).map((ceiling) => {
      const track = ceilingTracks.get(ceiling.key);
      const first = track?.recent[0] ?? null;
      const spanSec = first === null ? 0 : (frame.elapsedMs - first.atMs) / 1000;
      const growthPerSec =
        first === null || ceiling.used === null || spanSec <= 0
          ? null
          : (ceiling.used - first.used) / spanSec;
      return {
        ...ceiling,
        peak: track?.peak ?? null,
        highSinceMs: track?.highSinceMs ?? null,
        full: track?.full ?? null,
        growthPerSec,
        fullInSec: fullInSec(ceiling, growthPerSec),
      };
    });
  }

  function goneCeilings(frame: Frame): CeilingStats[] {
    const present = new Set(ceilingsOf(frame).map((one) => one.key));
    return [...ceilingTracks].flatMap(([key, { ceiling, peak, full }]) =>
      present.has(key)
        ? []
        : [
            {
              ...ceiling,
              used: null,
              share: null,
              peak,
              highSinceMs: null,
              full,
              growthPerSec: null,
              fullInSec: null,
            },
          ],
    );
  }

  return {
    add(frame) {
      if (frameCount === 0) {
        fromMs = frame.elapsedMs;
        firstFlows = frame.flows;
      }
      addReadings(frame);
      addCeilings(frame);
      addListeners(frame);
      plateaus.add(frame);
      taskRefusals.add(frame);
      for (const gap of frame.gaps) gaps.push({ ...gap, atMs: frame.elapsedMs });
      frameCount += 1;
      last = frame;
    },
    build() {
      if (last === null) return null;
      return {
        header,
        fromMs,
        toMs: last.elapsedMs,
        frameCount,
        last,
        series: new Map([...seriesTracks].map(([key, { stats }]) => [key, { ...stats }])),
        ceilings: ceilingStats(last),
        goneCeilings: goneCeilings(last),
        listeners: listenerStats(last),
        taskRefusals: taskRefusals.build(),
        plateaus: plateaus.build(),
        refusedFlows: flowGrowth('refused', firstFlows, fromMs, last.flows),
        openedFlows: flowGrowth('opened', firstFlows, fromMs, last.flows),
        gaps: [...gaps],
      };
    },
    clone: () =>
      goOn(header, {
        seriesTracks: copied(seriesTracks, (one) => ({ ...one, stats: { ...one.stats } })),
        ceilingTracks: copied(ceilingTracks, (one) => ({ ...one, recent: [...one.recent] })),
        listenerTracks: copied(listenerTracks, (one) => ({ ...one, stats: { ...one.stats } })),
        plateaus: plateaus.clone(),
        taskRefusals: taskRefusals.clone(),
        gaps: [...gaps],
        fromMs,
        firstFlows,
        frameCount,
        last,
      }),
  };
}

function copied<K, V>(map: ReadonlyMap<K, V>, copy: (one: V) => V): Map<K, V> {
  return new Map([...map].map(([key, one]) => [key, copy(one)]));
}

/** The window over `frames`; `null` when there are none. */
export function windowOf(header: StreamHeader, frames: Iterable<Frame>): Window | null {
  const builder = createWindow(header);
  for (const frame of frames) builder.add(frame);
  return builder.build();
}

/** A socket, whatever happens to it. */
function keyOf(listener: Listener): string {
  return `${listener.netns}:${listener.address}:${listener.port}:${listener.inode ?? ''}`;
}

function fullInSec(ceiling: Ceiling, growthPerSec: number | null): number | null {
  // A limit of 0 is none: then there is no share either.
  if (ceiling.used === null || ceiling.limit === null || ceiling.share === null) return null;
  if (ceiling.used >= ceiling.limit) return 0;
  if (growthPerSec === null || growthPerSec <= 0) return null;
  const seconds = (ceiling.limit - ceiling.used) / growthPerSec;
  return seconds > FAR_SEC ? null : seconds;
}
