import type { ElapsedMs } from '../records/index.js';
import { ceilingsOf } from './ceilings.js';
import type { Ceiling, CeilingKey } from './ceilings.js';
import type { Frame } from './frame.js';
import { copyMap, extendSpan } from './tracks.js';
import type { Span, WindowPart } from './tracks.js';

/** From this share on a ceiling is worth an eye. */
export const HIGH_SHARE = 0.75;

/** Growth is of now: over a whole window, a peak that drains would still seem to grow. */
const RECENT_MS = 10_000;

/** Growth seen over seconds says nothing about a time further off. */
const FAR_SEC = 3600;

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
  /**
   * Seconds until `used` meets `limit` at that growth; 0 when full; `null` when not within an hour, or unknown, or where
   * the level goes up and down.
   */
  readonly fullInSec: number | null;
}

interface CeilingTrack {
  ceiling: Ceiling;
  highSinceMs: ElapsedMs | null;
  full: Span | null;
  /** The levels of the last {@link RECENT_MS}, and the one before them. */
  readonly recent: { readonly used: number; readonly atMs: ElapsedMs }[];
  peak: CeilingPeak | null;
}

/** The ceilings of a window. */
export interface CeilingsBuilt {
  readonly ceilings: readonly CeilingStats[];
  /** Ceilings of processes and sockets that are gone from the newest frame: what they reached is still true. */
  readonly goneCeilings: readonly CeilingStats[];
}

/** How near each ceiling came over a window. */
export function createCeilings(tracks = new Map<CeilingKey, CeilingTrack>()): WindowPart<CeilingsBuilt> {
  function standing(frame: Frame): CeilingStats[] {
    return ceilingsOf(frame).map((ceiling) => {
      const track = tracks.get(ceiling.key);
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
        fullInSec: fullInSec(ceiling, isTrend(track?.recent ?? []) ? growthPerSec : null),
      };
    });
  }

  function gone(frame: Frame): CeilingStats[] {
    const present = new Set(ceilingsOf(frame).map((ceiling) => ceiling.key));
    return [...tracks].flatMap(([key, { ceiling, peak, full }]) =>
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

  /** Those of the frame before; `null` before the first. */
  let known: readonly Ceiling[] | null = null;
  return {
    add(frame, before) {
      if (known === null || before === null || !haveSameCeilings(frame, before)) known = ceilingsOf(frame);
      for (const ceiling of known) {
        let track = tracks.get(ceiling.key);
        if (track === undefined) {
          track = { ceiling, recent: [], peak: null, highSinceMs: null, full: null };
          tracks.set(ceiling.key, track);
        }
        const { used, limit, share } = ceiling;
        track.ceiling = ceiling;
        if (used === null) continue;
        if (share !== null)
          track.highSinceMs = share >= HIGH_SHARE ? (track.highSinceMs ?? frame.elapsedMs) : null;
        if (share !== null && share >= 1) track.full = extendSpan(track.full, frame.elapsedMs);
        track.recent.push({ used, atMs: frame.elapsedMs });
        while ((track.recent[1]?.atMs ?? Infinity) <= frame.elapsedMs - RECENT_MS) track.recent.shift();
        if (limit === null || share === null) continue;
        if (track.peak === null || share > track.peak.share)
          track.peak = { used, limit, share, atMs: frame.elapsedMs };
      }
    },
    build: (last) => ({ ceilings: standing(last), goneCeilings: gone(last) }),
    clone: () =>
      createCeilings(
        copyMap(tracks, (ceilingTrack) => ({ ...ceilingTrack, recent: [...ceilingTrack.recent] })),
      ),
  };
}

function haveSameCeilings(frame: Frame, before: Frame): boolean {
  const { readings, processes, ports, listeners } = frame;
  return (
    readings.isSameAs(before.readings) &&
    processes === before.processes &&
    ports === before.ports &&
    listeners === before.listeners
  );
}

/**
 * Whether a level grows, or only happens to be higher than ten seconds before: connections come and go all the time. It
 * must not have fallen on the way by as much as half of what it gained.
 */
function isTrend(recent: CeilingTrack['recent']): boolean {
  const [first] = recent;
  const last = recent.at(-1);
  if (first === undefined || last === undefined) return false;
  let highest = first.used;
  let fall = 0;
  for (const { used } of recent) {
    highest = Math.max(highest, used);
    fall = Math.max(fall, highest - used);
  }
  return fall < (last.used - first.used) / 2;
}

function fullInSec(ceiling: Ceiling, growthPerSec: number | null): number | null {
  // A limit of 0 is none: then there is no share either.
  if (ceiling.used === null || ceiling.limit === null || ceiling.share === null) return null;
  if (ceiling.used >= ceiling.limit) return 0;
  if (growthPerSec === null || growthPerSec <= 0) return null;
  const seconds = (ceiling.limit - ceiling.used) / growthPerSec;
  return seconds > FAR_SEC ? null : seconds;
}
