import type { GapRecord, StreamRecord } from './record.js';
import type { ElapsedMs } from './units.js';

/** A record of a stream that follows another: its own times lie `byMs` later, and it happened at `elapsedMs`. */
export function shiftRecord(record: StreamRecord, elapsedMs: ElapsedMs, byMs: number): StreamRecord {
  switch (record.type) {
    case 'gap':
    case 'dropped':
      return { ...record, elapsedMs, fromMs: Math.min(record.fromMs + byMs, elapsedMs) };
    case 'flows':
      return { ...record, elapsedMs, sinceMs: Math.min(record.sinceMs + byMs, elapsedMs) };
    default:
      return { ...record, elapsedMs };
  }
}

/** That no source said anything between two moments. */
export function gapsOfAllSources(fromMs: ElapsedMs, elapsedMs: ElapsedMs, reason: string): GapRecord[] {
  return (['kernel', 'bpftrace'] as const).map((source) => ({
    type: 'gap',
    elapsedMs,
    source,
    fromMs,
    reason,
  }));
}
