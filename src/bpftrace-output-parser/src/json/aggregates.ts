import type { BpftraceInteger, BpftraceValue, HistBucket, StatsValue, TseriesPoint } from '../records.js';
import { noteAverage, restoreAverage } from './averages.js';
import { mayBeHex, readHex } from './hex.js';
import { exactInteger, readInteger } from './integers.js';
import {
  A,
  B,
  C,
  NOTE,
  expectByte,
  createFault,
  narrowGenerations,
  peek,
  peekToken,
  type Scan,
} from './scan.js';
import { readString, startsWith } from './strings.js';
import { readBare, readName, readValue } from './values.js';

/** Reads the buckets of a hist; nothing at all is a hist of zeroes (up to 0.15), as is `[]`. */
export function readBuckets(scan: Scan): readonly HistBucket[] {
  const buckets: HistBucket[] = [];
  const first = peekToken(scan);
  if (first === 44 || first === 125) {
    scan.notes |= NOTE.repaired;
    return buckets;
  }
  expectByte(scan, 91);
  if (mayBeHex(scan)) learnFromSpacing(scan);
  if (peekToken(scan) === 93) {
    scan.at++;
    return buckets;
  }
  const { bytes } = scan;
  for (;;) {
    buckets.push(readPlainBucket(scan) ?? readBucket(scan));
    // Every version writes `,` or `, `; the steps save two calls a bucket.
    if (bytes[scan.at] === 44) scan.at += bytes[scan.at + 1] === 32 ? 2 : 1;
    else if (peekToken(scan) === 44) scan.at++;
    else break;
  }
  expectByte(scan, 93);
  return buckets;
}

/** Buckets are separated by `, ` up to 0.23 and by `,` from 0.24. */
function learnFromSpacing(scan: Scan): void {
  const close = scan.bytes.indexOf(125, scan.at);
  if (close < 0 || close + 2 >= scan.end || scan.bytes[close + 1] !== 44) return;
  narrowGenerations(scan, scan.bytes[close + 2] === 32 ? A | B : C);
}

const ascii = new TextEncoder();
const MIN = ascii.encode('"min": ');
const MAX = ascii.encode('"max": ');
const COUNT = ascii.encode('"count": ');

const BUCKET_MIN = ascii.encode('{"min": ');
const BUCKET_MAX = ascii.encode(', "max": ');
const BUCKET_COUNT = ascii.encode(', "count": ');
/** A number of more digits may not be exact. */
const EXACT_DIGITS = 15;

/**
 * Reads the bucket at the cursor if it is written as every version writes nearly all: `{"min": 2, "max": 3, "count": 9}`
 * in decimal. Otherwise undefined, and the cursor as it was. One pass over the bytes, since a hist has many buckets.
 */
function readPlainBucket(scan: Scan): HistBucket | undefined {
  const { bytes, at } = scan;
  if (!startsWith(bytes, at, BUCKET_MIN) || mayBeHex(scan)) return undefined;
  const minAt = at + BUCKET_MIN.length;
  const minEnd = digitsEnd(bytes, minAt);
  if (minEnd < 0 || !startsWith(bytes, minEnd, BUCKET_MAX)) return undefined;
  const maxAt = minEnd + BUCKET_MAX.length;
  const maxEnd = digitsEnd(bytes, maxAt);
  if (maxEnd < 0 || !startsWith(bytes, maxEnd, BUCKET_COUNT)) return undefined;
  const countAt = maxEnd + BUCKET_COUNT.length;
  const countEnd = digitsEnd(bytes, countAt);
  if (countEnd < 0 || bytes[countEnd] !== 125) return undefined;
  scan.at = countEnd + 1;
  return {
    min: decimal(bytes, minAt, minEnd),
    max: decimal(bytes, maxAt, maxEnd),
    count: decimal(bytes, countAt, countEnd),
  };
}

/** Where the digits at `from` end; -1 if there are none, too many to be exact, or a leading zero. */
function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at - from <= EXACT_DIGITS; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 48 || byte > 57) break;
  }
  const digits = at - from;
  return digits === 0 || digits > EXACT_DIGITS || (digits > 1 && bytes[from] === 48) ? -1 : at;
}

function decimal(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + ((bytes[at] ?? 48) - 48);
  return value;
}

/** Reads `"name": ` in a bucket; as every version writes it, by its bytes, since hists have many. */
function readBucketField(scan: Scan): string {
  const { bytes } = scan;
  const at = peekToken(scan) === 34 ? scan.at : -1;
  const letter = bytes[at + 2];
  if (letter === 105 && startsWith(bytes, at, MIN)) {
    scan.at += MIN.length;
    return 'min';
  }
  if (letter === 97 && startsWith(bytes, at, MAX)) {
    scan.at += MAX.length;
    return 'max';
  }
  if (letter === 111 && startsWith(bytes, at, COUNT)) {
    scan.at += COUNT.length;
    return 'count';
  }
  return readName(scan);
}

function readBucket(scan: Scan): HistBucket {
  let min: BpftraceInteger | null = null;
  let max: BpftraceInteger | null = null;
  let count: BpftraceInteger | undefined;
  expectByte(scan, 123);
  for (;;) {
    switch (readBucketField(scan)) {
      case 'min':
        min = readLimit(scan);
        break;
      case 'max':
        max = readLimit(scan);
        break;
      case 'count':
        count = readCount(scan);
        break;
      default:
        throw createFault(scan, 'bad-json', 'expected min, max or count');
    }
    if (peekToken(scan) !== 44) break;
    scan.at++;
  }
  expectByte(scan, 125);
  if (count === undefined) throw createFault(scan, 'bad-record', 'a bucket without a count');
  if (min === -2147483648 && max === 0 && (scan.generations & A) !== 0) {
    // 1 << 31 in 32 bits. Later buckets do not exist in those versions: this one holds all larger values.
    scan.notes |= NOTE['buckets-overflowed'];
    return { min: 2147483648, max: null, count };
  }
  return { min, max, count };
}

function readLimit(scan: Scan): BpftraceInteger {
  peekToken(scan);
  const { notes } = scan;
  const limit = readInteger(scan, false) ?? readValue(scan);
  // Here no string can stand, so a quoted integer is no guess.
  if (typeof limit === 'bigint') scan.notes = notes | (scan.notes & ~NOTE['integer-guessed']);
  if (typeof limit === 'number' || typeof limit === 'bigint') return limit;
  throw createFault(scan, 'bad-record', 'a limit that is no integer');
}

/** Reads a count, hexadecimal if the stream is of the generation that went over to it. */
export function readCount(scan: Scan): BpftraceInteger {
  peekToken(scan);
  if (!mayBeHex(scan)) {
    const count = readInteger(scan, false);
    if (count === undefined) throw createFault(scan, 'bad-record', 'a count that is no integer');
    return count;
  }
  return readHex(scan);
}

/** Whether the object at the cursor is one value of `stats()`, not a map keyed by chance by such names. */
export function isStats(scan: Scan): boolean {
  const from = scan.at;
  const { notes } = scan;
  if (scan.bytes[from + 2] !== 99 || scan.bytes[from + 7] !== 34) return false;
  let found = false;
  try {
    readStats(scan);
    found = true;
  } catch {
    // Another shape; the caller reads it from the start.
  }
  scan.at = from;
  scan.notes = notes;
  return found;
}

/** One value of `avg()` or `stats()`. */
export function readStatsValue(scan: Scan): BpftraceInteger | StatsValue {
  const token = peekToken(scan);
  if (token === 123) return readStats(scan);
  const average = readLimit(scan);
  noteAverage(scan, average);
  return average;
}

function readStats(scan: Scan): StatsValue {
  expectByte(scan, 123);
  const count = readNamedInteger(scan, 'count');
  expectByte(scan, 44);
  const average = readNamedInteger(scan, 'average');
  expectByte(scan, 44);
  const total = readNamedInteger(scan, 'total');
  expectByte(scan, 125);
  return restoreAverage(scan, { count, average, total });
}

function readNamedInteger(scan: Scan, name: string): BpftraceInteger {
  expectName(scan, name);
  return readLimit(scan);
}

/** The intervals of a tseries (0.24+). */
export function readPoints(scan: Scan): readonly TseriesPoint[] {
  const points: TseriesPoint[] = [];
  expectByte(scan, 91);
  if (peekToken(scan) === 93) {
    scan.at++;
    return points;
  }
  for (;;) {
    points.push(readPoint(scan));
    if (peekToken(scan) !== 44) break;
    scan.at++;
  }
  expectByte(scan, 93);
  return points;
}

function readPoint(scan: Scan): TseriesPoint {
  expectByte(scan, 123);
  expectName(scan, 'interval_start');
  // 0.24.x left out the quotes.
  const intervalStart = peekToken(scan) === 34 ? readString(scan) : readUnquoted(scan);
  expectByte(scan, 44);
  expectName(scan, 'value');
  peekToken(scan);
  const value = readPointValue(scan);
  expectByte(scan, 125);
  return { intervalStart, value };
}

/** A value is `null` up to 0.24, and quoted, as elsewhere from 0.24, where a double cannot hold it. */
function readPointValue(scan: Scan): BpftraceValue {
  const byte = peek(scan);
  if (byte === 110) return readBare(scan, false);
  if (byte !== 34) return readCount(scan);
  const text = readString(scan);
  if (!/^-?\d{1,20}$/.test(text)) throw createFault(scan, 'bad-record', 'a value that is no integer');
  if (mayBeHex(scan)) scan.notes |= NOTE['counts-suspect'];
  return exactInteger(BigInt(text));
}

function readUnquoted(scan: Scan): string {
  const text = readBare(scan, false);
  if (typeof text !== 'string') throw createFault(scan, 'bad-record', 'expected a time');
  return text;
}

function expectName(scan: Scan, name: string): void {
  if (readName(scan) !== name) throw createFault(scan, 'bad-record', `expected ${name}`);
}
