import type { Window } from '../../model/index.js';
import type { Fix } from '../finding.js';

/** What one entry costs at most, bytes. */
const ENTRY_BYTES = 384;
/** The sysctl is an int. */
const HIGHEST = 2 ** 31 - 1;

/** Four times the limit, within what a sixteenth of memory holds; at least double. Nothing where it cannot be raised. */
export function raiseConntrackMax(window: Window, limit: number): Fix[] {
  const memory = window.header.memTotalBytes;
  const affordable = memory === null ? Infinity : memory / 16 / ENTRY_BYTES;
  const to = Math.min(limit * 4 <= affordable ? limit * 4 : limit * 2, HIGHEST);
  return to > limit ? [{ id: 'raise-conntrack-max', from: limit, to }] : [];
}
