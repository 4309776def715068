import type { ElapsedMs } from '../../records/index.js';
import { firstTime, frameBefore, frameTime, lastTime } from './track.js';
import type { Track } from './track.js';

/** The moments of a time line that several tracks share. */
export interface Moments {
  /** The first moment of any track. */
  first(): ElapsedMs;
  /** The last moment that is known of all tracks that are still being read. */
  last(): ElapsedMs;
  /** The last moment not after `atMs`, else the first. */
  snap(atMs: ElapsedMs): ElapsedMs;
  /** The moment after `atMs`; `null` at the end. */
  next(atMs: ElapsedMs): ElapsedMs | null;
  /** So many moments on, or back when negative; no further than the ends. */
  step(atMs: ElapsedMs, moments: number): ElapsedMs;
}

/** The moments of tracks, which may grow. */
export function createMoments(tracks: readonly Track[]): Moments {
  /** Frames of several hosts that fall into one such stretch are one moment; of one host each is its own. */
  const grainMs =
    tracks.length > 1 ? Math.min(...tracks.map(({ session }) => session.header.intervalMs)) : null;

  const first = (): ElapsedMs => earliestOf(tracks.map(firstTime)) ?? 0;
  function last(): ElapsedMs {
    const reading = tracks.filter(({ recording }) => recording.state === 'reading');
    // Beyond what is read of a track that is still being read, nothing is known of it.
    return (reading.length > 0 ? earliestOf(reading.map(lastTime)) : latestOf(tracks.map(lastTime))) ?? 0;
  }

  /** The last frame of any track that ended before `atMs`. */
  function lastBefore(atMs: ElapsedMs): ElapsedMs | null {
    return latestOf(
      tracks.map((track) => {
        const index = frameBefore(track, atMs);
        return frameTime(track, frameTime(track, index) === atMs ? index - 1 : index);
      }),
    );
  }

  function next(atMs: ElapsedMs): ElapsedMs | null {
    const later = tracks.map((track) => frameTime(track, frameBefore(track, atMs) + 1));
    const soonest = earliestOf(later.filter((time) => time !== null && time > atMs));
    if (soonest === null || soonest > last()) return null;
    if (grainMs === null) return soonest;
    const inGrain = lastBefore((Math.floor(soonest / grainMs) + 1) * grainMs) ?? soonest;
    return Math.min(inGrain, last());
  }

  function previous(atMs: ElapsedMs): ElapsedMs | null {
    return lastBefore(grainMs === null ? atMs : Math.floor(atMs / grainMs) * grainMs);
  }

  return {
    first,
    last,
    snap(atMs) {
      const wantedMs = Math.min(atMs, last());
      return latestOf(tracks.map((track) => frameTime(track, frameBefore(track, wantedMs)))) ?? first();
    },
    next,
    step(atMs, moments) {
      let at = atMs;
      for (let left = Math.abs(moments); left > 0; left -= 1) {
        const found = moments > 0 ? next(at) : previous(at);
        if (found === null) break;
        at = found;
      }
      return at;
    },
  };
}

function earliestOf(times: readonly (ElapsedMs | null)[]): ElapsedMs | null {
  return times.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
}

function latestOf(times: readonly (ElapsedMs | null)[]): ElapsedMs | null {
  return times.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}
