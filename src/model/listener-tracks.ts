import type { ElapsedMs, Listener } from '../records/index.js';
import { copyMap, extendSpan } from './tracks.js';
import type { Mutable, Span, WindowPart } from './tracks.js';

/** Sockets are read every five seconds: a level that lasts longer was seen twice. */
const TWO_LOOKS_MS = 5000;

/** What was refused at one listener over a window. */
export interface ListenerStats {
  readonly listener: Listener;
  /** Overflows inside the window; `null` when the probes did not say. */
  readonly overflowGrowth: number | null;
  readonly grew: Span | null;
  /** The longest accept queue seen. */
  readonly peakQueue: number | null;
  /** Since when its queue has been longer than its backlog without a break; `null` when it is not now. */
  readonly overfullSinceMs: ElapsedMs | null;
  /** The shortest queue of the last {@link TWO_LOOKS_MS}; `null` when it has not been watched for as long. */
  readonly lowestQueue: number | null;
  /** The last frame in which it was there. */
  readonly lastSeenMs: ElapsedMs;
  /** It is still there in the newest frame. */
  readonly present: boolean;
}

interface ListenerTrack {
  readonly stats: Mutable<ListenerStats>;
  before: number | null;
  /** The queues of the last {@link TWO_LOOKS_MS}, and the last one before. */
  queues: { readonly length: number; readonly atMs: ElapsedMs }[];
}

/** What each listener refused over a window. */
export function createListeners(
  tracks = new Map<string, ListenerTrack>(),
): WindowPart<readonly ListenerStats[]> {
  return {
    add(frame, before) {
      for (const listener of frame.listeners) {
        const key = listenerKey(listener);
        const track = tracks.get(key);
        const now = listener.overflows;
        if (track === undefined) {
          // Overflows are counted from 0 since the probes attached; see createSeries.
          const fromZero = before !== null && now !== null && now > 0;
          const stats = {
            listener,
            overflowGrowth: now === null ? null : fromZero ? now : 0,
            grew: fromZero ? extendSpan(null, frame.elapsedMs) : null,
            peakQueue: listener.acceptQueue,
            overfullSinceMs: null,
            lowestQueue: null,
            lastSeenMs: frame.elapsedMs,
            present: true,
          };
          const added = { stats, before: now, queues: [] };
          tracks.set(key, added);
          noteQueue(added, listener, frame.elapsedMs);
          continue;
        }
        const { stats } = track;
        if (now !== null) {
          const step = Math.max(0, now - (track.before ?? 0));
          stats.overflowGrowth = (stats.overflowGrowth ?? 0) + step;
          if (step > 0) stats.grew = extendSpan(stats.grew, frame.elapsedMs);
          track.before = now;
        }
        if (listener.acceptQueue !== null)
          stats.peakQueue = Math.max(stats.peakQueue ?? 0, listener.acceptQueue);
        stats.listener = listener;
        stats.lastSeenMs = frame.elapsedMs;
        noteQueue(track, listener, frame.elapsedMs);
      }
    },
    build(last) {
      const present = new Set(last.listeners.map(listenerKey));
      return [...tracks].map(([key, { stats }]) => ({ ...stats, present: present.has(key) }));
    },
    clone: () =>
      createListeners(
        copyMap(tracks, (track) => ({ ...track, stats: { ...track.stats }, queues: [...track.queues] })),
      ),
  };
}

function noteQueue(track: ListenerTrack, { acceptQueue, backlog }: Listener, atMs: ElapsedMs): void {
  const { stats, queues } = track;
  if (acceptQueue === null) {
    track.queues = [];
    stats.lowestQueue = null;
    stats.overfullSinceMs = null;
    return;
  }
  // The queue holds one more than the backlog (strict > in tcp_conn_request).
  stats.overfullSinceMs = backlog !== null && acceptQueue > backlog ? (stats.overfullSinceMs ?? atMs) : null;
  queues.push({ length: acceptQueue, atMs });
  while ((queues[1]?.atMs ?? Infinity) <= atMs - TWO_LOOKS_MS) queues.shift();
  const watchedMs = atMs - (queues[0]?.atMs ?? atMs);
  stats.lowestQueue = watchedMs < TWO_LOOKS_MS ? null : Math.min(...queues.map(({ length }) => length));
}

/** Identifies a socket from frame to frame. */
function listenerKey(listener: Listener): string {
  return `${listener.netns}:${listener.address}:${listener.port}:${listener.inode ?? ''}`;
}
