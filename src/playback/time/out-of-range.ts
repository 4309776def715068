import type { ElapsedMs } from '../../records/index.js';
import type { Fleet } from '../fleet.js';
import type { Notice } from '../notice.js';

/** A time written to the second means any moment in it. */
const SECOND_MS = 1000;

/** What to say when `wantedMs` lies beyond what can be shown; `null` when it does not. */
export function outOfRangeNotice(
  { fromMs, toMs, startedAtMs }: Pick<Fleet, 'fromMs' | 'toMs' | 'startedAtMs'>,
  mode: 'live' | 'replay',
  wantedMs: ElapsedMs,
): Notice | null {
  if (wantedMs < fromMs) return { kind: 'out-of-range', mode, edge: 'first', edgeAtMs: startedAtMs + fromMs };
  if (wantedMs < toMs + SECOND_MS) return null;
  return { kind: 'out-of-range', mode, edge: 'last', edgeAtMs: startedAtMs + toMs };
}
