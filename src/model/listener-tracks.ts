import type { Listener } from '../records/index.js';
import { copied, grownTo } from './tracks.js';
import type { Mutable, Span, Tracks } from './tracks.js';

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

interface ListenerTrack {
  readonly stats: Mutable<ListenerStats>;
  before: number | null;
}

/** What each listener refused over a window. */
export function createListeners(tracks = new Map<string, ListenerTrack>()): Tracks<readonly ListenerStats[]> {
  return {
    add(frame, first) {
      for (const listener of frame.listeners) {
        const key = keyOf(listener);
        const track = tracks.get(key);
        const now = listener.overflows;
        if (track === undefined) {
          // Overflows are counted from 0 since the probes attached; see createSeries.
          const fromZero = !first && now !== null && now > 0;
          const stats = {
            listener,
            overflowGrowth: now === null ? null : fromZero ? now : 0,
            grew: fromZero ? grownTo(null, frame.elapsedMs) : null,
            peakQueue: listener.acceptQueue,
            present: true,
          };
          tracks.set(key, { stats, before: now });
          continue;
        }
        const { stats } = track;
        if (now !== null) {
          const step = Math.max(0, now - (track.before ?? 0));
          stats.overflowGrowth = (stats.overflowGrowth ?? 0) + step;
          if (step > 0) stats.grew = grownTo(stats.grew, frame.elapsedMs);
          track.before = now;
        }
        if (listener.acceptQueue !== null)
          stats.peakQueue = Math.max(stats.peakQueue ?? 0, listener.acceptQueue);
        stats.listener = listener;
      }
    },
    build(last) {
      const present = new Set(last.listeners.map(keyOf));
      return [...tracks].map(([key, { stats }]) => ({ ...stats, present: present.has(key) }));
    },
    clone: () =>
      createListeners(
        copied(tracks, (listenerTrack) => ({ ...listenerTrack, stats: { ...listenerTrack.stats } })),
      ),
  };
}

/** A socket, whatever happens to it. */
function keyOf(listener: Listener): string {
  return `${listener.netns}:${listener.address}:${listener.port}:${listener.inode ?? ''}`;
}
