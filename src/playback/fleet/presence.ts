import type { ElapsedMs } from '../../records/index.js';
import type { Presence } from '../screen-state.js';
import { firstTime, frameBefore, frameTime } from './track.js';
import type { Track } from './track.js';

/** A host that says nothing for longer, though its recording goes on, is silent. */
const SILENT_MS = 3000;

/** Where a recording stands at a moment; `startedAtMs` is the wall clock of time 0 of the line. */
export function presenceAt(track: Track, atMs: ElapsedMs, startedAtMs: number): Presence {
  const { session, recording } = track;
  const index = frameBefore(track, atMs);
  const firstMs = firstTime(track);
  if (firstMs === null || index < 0) return { kind: 'not-begun', atMs: startedAtMs + (firstMs ?? 0) };
  const frameMs = frameTime(track, index) ?? 0;
  const isLast = index === session.length - 1;
  if (isLast && recording.state === 'whole' && frameMs < atMs)
    return { kind: 'ended', atMs: startedAtMs + frameMs };
  return atMs - frameMs > Math.max(SILENT_MS, 3 * session.header.intervalMs)
    ? { kind: 'silent', atMs: startedAtMs + frameMs, why: recording.why }
    : { kind: 'recorded' };
}
