import type { BpftraceInteger, StatsValue } from '../records.js';
import { exactInteger } from './integers.js';
import { A, NOTE, type Scan } from './scan.js';

/**
 * From where on an average may be one of negative values, which 0.11 and older divide as if they were unsigned:
 * 2^63 by the number of values at the least. A version known to do so may have counted 2^31 of them; where it is
 * only possible, averages that large are more often meant (18 minutes in nanoseconds).
 */
const SUSPECT_WHEN_KNOWN = 2 ** 32;
const SUSPECT_WHEN_POSSIBLE = 2 ** 40;

/** Notes an average that may be of negative values. */
export function noteAverage(scan: Scan, average: BpftraceInteger): void {
  if (average < SUSPECT_WHEN_KNOWN || scan.unsignedAverages === false) return;
  if (
    scan.unsignedAverages === undefined &&
    (average < SUSPECT_WHEN_POSSIBLE || (scan.generations & A) === 0)
  ) {
    return;
  }
  scan.notes |= NOTE['sign-suspect'];
}

/** In `stats()` the total is printed with its sign, and the average follows from it. */
export function restoreAverage(scan: Scan, value: StatsValue): StatsValue {
  const { count, average, total } = value;
  if (total >= 0 || average < 0 || count <= 0 || scan.unsignedAverages === false) return value;
  const wide = BigInt(total);
  if (BigInt.asUintN(64, wide) / BigInt(count) !== BigInt(average)) return value;
  scan.notes |= NOTE.repaired;
  return { count, average: exactInteger(wide / BigInt(count)), total };
}
