import type { ElapsedMs } from '../../records/index.js';
import type { Session } from '../session.js';

/** One recording of those that are shown together. */
export interface Recording {
  readonly file: string;
  /** `null` when nothing of it can be read; of a host that is connected to, it may come later, and be another then. */
  readonly session: Session | null;
  /** Why there is no session, or why nothing more comes for now; a sentence. */
  readonly why: string | null;
  /** Wall clock here when it began, if it is received as it happens: clocks of hosts differ. Else its header has it. */
  readonly beganAtMs?: number | undefined;
  /** Whether all of it is there: `reading` and `growing` have more to come, the latter as it happens. */
  readonly state: 'reading' | 'growing' | 'whole';
}

/** A recording that can be read, with its place on the time line. */
export interface Track {
  readonly recording: Recording;
  readonly session: Session;
  /** Where on the time line its own times begin. */
  readonly offsetMs: number;
}

/** When the frame at `index` of a track ended, on the time line; `null` where there is none. */
export function frameTime({ session, offsetMs }: Track, index: number): ElapsedMs | null {
  const elapsedMs = session.elapsedAt(index);
  return elapsedMs === undefined ? null : offsetMs + elapsedMs;
}

/** The last frame of a track not after `atMs`; -1 before the first. */
export function frameBefore(track: Track, atMs: ElapsedMs): number {
  const index = track.session.indexOf(atMs - track.offsetMs);
  // A time that was added to and subtracted from may be a rounding error too small.
  const nextMs = frameTime(track, index + 1);
  return nextMs !== null && nextMs <= atMs ? index + 1 : index;
}

/** The first moment of a track. */
export function firstTime(track: Track): ElapsedMs | null {
  return frameTime(track, 0);
}

/** The last moment of a track so far. */
export function lastTime(track: Track): ElapsedMs | null {
  return frameTime(track, track.session.length - 1);
}
