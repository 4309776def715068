import type { BpftraceInteger } from '../records.js';
import { C, type Scan } from './scan.js';

/** Longer digit strings are no count of bpftrace's; `BigInt` on a megabyte of them would hang. */
const MAX_DIGITS = 40;

/**
 * The integer at the cursor, or undefined (and the cursor unmoved) if what stands there is more or other than
 * one: `20:31`, `00:1a:2b`, `0x7f`, `007`.
 */
export function readInteger(scan: Scan, inArray: boolean): BpftraceInteger | undefined {
  const { bytes, end } = scan;
  const negative = bytes[scan.at] === 45;
  const first = negative ? scan.at + 1 : scan.at;
  let at = first;
  let value = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  const digits = at - first;
  if (digits === 0 || digits > MAX_DIGITS || (digits > 1 && bytes[first] === 48)) return undefined;
  if ((inArray || bytes[at] !== 125) && !endsValue(scan, at, inArray)) return undefined;
  const start = scan.at;
  scan.at = at;
  if (digits > 15) return wideInteger(bytes, start, at);
  return negative ? 0 - value : value;
}

function wideInteger(bytes: Uint8Array, from: number, to: number): BpftraceInteger {
  let text = '';
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return exactInteger(BigInt(text));
}

/** The one rule: a `number` when safe, else the `bigint`. */
export function exactInteger(wide: bigint): BpftraceInteger {
  const narrow = Number(wide);
  return Number.isSafeInteger(narrow) ? narrow : wide;
}

/**
 * Whether a value that is not quoted can end before `at`. A comma ends it only where the next thing fits:
 * in an object a quoted key; in an array, before 0.24, no space (times and paths have commas of their own).
 */
export function endsValue(scan: Scan, at: number, inArray: boolean): boolean {
  const { bytes, end } = scan;
  while (at < end && (bytes[at] === 32 || bytes[at] === 13)) at++;
  if (at >= end) return true;
  const byte = bytes[at];
  if (byte === 125) return !inArray;
  if (byte === 93) return inArray;
  if (byte !== 44) return false;
  if (inArray) return bytes[at + 1] !== 32 || (scan.generations & C) !== 0;
  do at++;
  while (bytes[at] === 32 && at < end);
  return bytes[at] === 34;
}

/**
 * The integer that a JSON string of 0.24+ stands for, or undefined if it is text: that generation quotes
 * exactly those integers of 64 bits that a double cannot hold. Nothing is lost if it was text after all,
 * since `String()` of the result gives the same characters.
 */
export function quotedInteger(text: string): bigint | undefined {
  if (text.length < 16 || text.length > 20 || !/^-?[1-9]\d+$/.test(text)) return undefined;
  const wide = BigInt(text);
  if (wide >= 1n << 64n || wide < -(1n << 63n) || BigInt(Number(wide)) === wide) return undefined;
  return wide;
}
