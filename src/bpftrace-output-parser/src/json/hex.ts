import type { BpftraceInteger } from '../records.js';
import { exactInteger } from './integers.js';
import { A, B, C, NOTE, createFault, narrowGenerations, type Scan } from './scan.js';
import { hexDigit } from './strings.js';

/** Whether counts may be hexadecimal by now. */
export function mayBeHex(scan: Scan): boolean {
  return (scan.escapeSeen || scan.escapeMissed) && (scan.generations & C) !== 0;
}

/**
 * Reads a count of a stream in which an escape `\uXXXX` was printed before and which is, or may be, of 0.24+:
 * there the stream's number base stays hexadecimal after the escape, for hist counts, lost events, attached
 * probes and tseries values (but not for map values). Seen on 0.24 to 0.27.1.
 */
export function readHex(scan: Scan): BpftraceInteger {
  const from = scan.at;
  let letters = false;
  let at = from;
  const negative = scan.bytes[at] === 45;
  if (negative) at++;
  const first = at;
  for (; at < scan.end; at++) {
    const byte = scan.bytes[at] ?? 0;
    if (hexDigit(byte) < 0) break;
    letters ||= byte > 57;
  }
  const digits = at - first;
  if (digits === 0 || digits > 20) throw createFault(scan, 'bad-record', 'a count that is no integer');
  const text = String.fromCharCode(...scan.bytes.subarray(first, at));
  scan.at = at;
  if (letters) {
    narrowGenerations(scan, C);
    scan.escapeSeen = true;
  }
  const decimal = negative || (!letters && scan.generations !== C);
  if (!decimal) {
    if (digits > 1 && !letters && !scan.escapeSeen) scan.notes |= NOTE['counts-suspect'];
    if (digits > 1 || letters) scan.notes |= NOTE['hex-counts'];
    const wide = BigInt(`0x${text}`);
    // A negative value of a tseries prints as its two's complement.
    return exactInteger(wide >= 1n << 63n ? BigInt.asIntN(64, wide) : wide);
  }
  if (digits > 1 && (scan.generations & (A | B)) !== 0) scan.notes |= NOTE['counts-suspect'];
  return exactInteger(BigInt(negative ? `-${text}` : text));
}
