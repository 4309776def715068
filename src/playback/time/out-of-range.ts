import type { ElapsedMs } from '../../records/index.js';
import { formatClock } from '../../render/index.js';
import type { Fleet } from '../fleet.js';

/** A time written to the second means any moment in it. */
const SECOND_MS = 1000;

/** What to say when `wantedMs` lies beyond what can be shown; `null` when it does not. */
export function outOfRangeNotice(fleet: Fleet, mode: 'live' | 'replay', wantedMs: ElapsedMs): string | null {
  const { fromMs, toMs, startedAtMs } = fleet;
  if (wantedMs < fromMs) {
    const since = formatClock(startedAtMs + fromMs);
    return mode === 'live'
      ? `nothing is kept from before ${since}; this is that moment`
      : `the recording begins at ${since}; this is its beginning`;
  }
  if (wantedMs < toMs + SECOND_MS) return null;
  return mode === 'live'
    ? 'that is still to come; this is the newest moment'
    : `the recording ends at ${formatClock(startedAtMs + toMs)}; this is its end`;
}
