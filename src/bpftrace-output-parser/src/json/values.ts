import type { BpftraceStruct, BpftraceValue } from '../records.js';
import { endsValue, exactInteger, quotedInteger, readInteger } from './integers.js';
import { C, NOTE, expectByte, createFault, peek, peekToken, type Scan } from './scan.js';
import { decode, readString } from './strings.js';

const MAX_DEPTH = 64;

/**
 * Reads any value, the valid and the invalid that some version prints: nothing at all (zeroed hist up to
 * 0.15, none-type up to 0.22), and unquoted addresses, times, paths, messages and pointers.
 */
export function readValue(scan: Scan, inArray = false, depth = 0): BpftraceValue {
  switch (peekToken(scan)) {
    case 34: {
      const text = readString(scan);
      const integer = (scan.generations & C) === 0 ? undefined : quotedInteger(text);
      if (integer === undefined) return text;
      scan.notes |= NOTE['integer-guessed'];
      return integer;
    }
    case 91:
      return readArray(scan, depth + 1);
    case 123:
      return readStruct(scan, depth + 1);
    case 44:
    case 93:
    case 125:
      scan.notes |= NOTE.repaired;
      return null;
    default:
      return readInteger(scan, inArray) ?? readBare(scan, inArray);
  }
}

function readArray(scan: Scan, depth: number): readonly BpftraceValue[] {
  if (depth > MAX_DEPTH) throw createFault(scan, 'too-deep', 'values nested too deep');
  scan.at++;
  const items: BpftraceValue[] = [];
  if (peekToken(scan) === 93) {
    scan.at++;
    return items;
  }
  for (;;) {
    items.push(readValue(scan, true, depth));
    if (peekToken(scan) !== 44) break;
    scan.at++;
  }
  expectByte(scan, 93);
  return items;
}

/** Reads an object whose names are fields, not keys of a map. */
function readStruct(scan: Scan, depth = 0): BpftraceStruct {
  if (depth > MAX_DEPTH) throw createFault(scan, 'too-deep', 'values nested too deep');
  scan.at++;
  const fields = Object.create(null) as Record<string, BpftraceValue>;
  if (peekToken(scan) === 125) {
    scan.at++;
    return fields;
  }
  readFields(scan, fields, depth);
  return fields;
}

/** Reads `"name": value` pairs up to and over the closing brace. */
export function readFields(scan: Scan, fields: Record<string, BpftraceValue>, depth: number): void {
  readMembers(scan, (name) => {
    if (name in fields) scan.notes |= NOTE['duplicate-field'];
    fields[name] = readValue(scan, false, depth);
  });
}

/** Calls `readMember` at the value of each `"name": value` pair, up to and over the closing brace. */
export function readMembers(scan: Scan, readMember: (name: string) => void): void {
  for (;;) {
    readMember(readName(scan));
    if (peekToken(scan) !== 44) break;
    scan.at++;
  }
  expectByte(scan, 125);
}

/** Reads `"name":`. */
export function readName(scan: Scan): string {
  if (peekToken(scan) !== 34) throw createFault(scan, 'bad-json', 'expected a field name');
  const name = readString(scan);
  expectByte(scan, 58);
  return name;
}

/** Reads a value without quotes, up to where the line can go on as JSON. */
export function readBare(scan: Scan, inArray: boolean): BpftraceValue {
  const from = scan.at;
  let at = from;
  for (; at < scan.end; at++) {
    const byte = scan.bytes[at] ?? 0;
    if (byte === 10 || (isDelimiter(byte) && endsValue(scan, at, inArray))) break;
  }
  if (at >= scan.end || scan.bytes[at] === 10) throw createFault(scan, 'bad-json', 'a value without an end');
  let last = at;
  while (last > from && scan.bytes[last - 1] === 32) last--;
  scan.at = at;
  return meaningOf(scan, decode(scan, scan.bytes.subarray(from, last)));
}

function isDelimiter(byte: number): boolean {
  return byte === 44 || byte === 93 || byte === 125;
}

/**
 * What no version leaves without quotes: something with a quote in it (a comma is missing), a comma at the end (a
 * value is), and integers of one digit side by side (times, of which `21 11` is one, have two).
 */
const NEVER_BARE = /"|,$|^-?\d(?: +-?\d){1,99}$/;

/** What a bare word means. bpftrace has no fractions: `23.29` and `12.50` are times. */
function meaningOf(scan: Scan, text: string): BpftraceValue {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (text === 'null') return null;
  if (NEVER_BARE.test(text)) throw createFault(scan, 'bad-json', 'expected a comma or a brace');
  scan.notes |= NOTE.repaired;
  if (/^0x[0-9a-f]{1,16}$/.test(text)) return exactInteger(BigInt(text));
  return text;
}

/** Whether the object at the cursor is written with a space inside its brace, as structs up to 0.23 are. */
export function opensWithSpace(scan: Scan): boolean {
  return peek(scan) === 123 && scan.bytes[scan.at + 1] === 32;
}
