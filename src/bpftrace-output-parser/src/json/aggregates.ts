import type { BpftraceInteger, BpftraceValue, HistBucket, StatsValue, TseriesPoint } from '../records.js';
import { noteAverage, restoreAverage } from './averages.js';
import { mayBeHex, readHex } from './hex.js';
import { exactInteger, readInteger } from './integers.js';
import { A, B, C, NOTE, expect, fault, narrow, peek, peekToken, type Scan } from './scan.js';
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
  expect(scan, 91);
  if (mayBeHex(scan)) learnFromSpacing(scan);
  if (peekToken(scan) === 93) {
    scan.at++;
    return buckets;
  }
  for (;;) {
    buckets.push(readBucket(scan));
    if (peekToken(scan) !== 44) break;
    scan.at++;
  }
  expect(scan, 93);
  return buckets;
}

/** Buckets are separated by `, ` up to 0.23 and by `,` from 0.24. */
function learnFromSpacing(scan: Scan): void {
  const close = scan.bytes.indexOf(125, scan.at);
  if (close < 0 || close + 2 >= scan.end || scan.bytes[close + 1] !== 44) return;
  narrow(scan, scan.bytes[close + 2] === 32 ? A | B : C);
}

const ascii = new TextEncoder();
const MIN = ascii.encode('"min": ');
const MAX = ascii.encode('"max": ');
const COUNT = ascii.encode('"count": ');

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
  expect(scan, 123);
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
        throw fault(scan, 'bad-json', 'expected min, max or count');
    }
    if (peekToken(scan) !== 44) break;
    scan.at++;
  }
  expect(scan, 125);
  if (count === undefined) throw fault(scan, 'bad-record', 'a bucket without a count');
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
  throw fault(scan, 'bad-record', 'a limit that is no integer');
}

/** Reads a count, hexadecimal if the stream is of the generation that went over to it. */
export function readCount(scan: Scan): BpftraceInteger {
  peekToken(scan);
  if (!mayBeHex(scan)) {
    const count = readInteger(scan, false);
    if (count === undefined) throw fault(scan, 'bad-record', 'a count that is no integer');
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
  expect(scan, 123);
  const count = readNamedInteger(scan, 'count');
  expect(scan, 44);
  const average = readNamedInteger(scan, 'average');
  expect(scan, 44);
  const total = readNamedInteger(scan, 'total');
  expect(scan, 125);
  return restoreAverage(scan, { count, average, total });
}

function readNamedInteger(scan: Scan, name: string): BpftraceInteger {
  expectName(scan, name);
  return readLimit(scan);
}

/** The intervals of a tseries (0.24+). */
export function readPoints(scan: Scan): readonly TseriesPoint[] {
  const points: TseriesPoint[] = [];
  expect(scan, 91);
  if (peekToken(scan) === 93) {
    scan.at++;
    return points;
  }
  for (;;) {
    points.push(readPoint(scan));
    if (peekToken(scan) !== 44) break;
    scan.at++;
  }
  expect(scan, 93);
  return points;
}

function readPoint(scan: Scan): TseriesPoint {
  expect(scan, 123);
  expectName(scan, 'interval_start');
  // 0.24.x left out the quotes.
  const intervalStart = peekToken(scan) === 34 ? readString(scan) : readUnquoted(scan);
  expect(scan, 44);
  expectName(scan, 'value');
  peekToken(scan);
  const value = readPointValue(scan);
  expect(scan, 125);
  return { intervalStart, value };
}

/** A value is `null` up to 0.24, and quoted, as elsewhere from 0.24, where a double cannot hold it. */
function readPointValue(scan: Scan): BpftraceValue {
  const byte = peek(scan);
  if (byte === 110) return readBare(scan, false);
  if (byte !== 34) return readCount(scan);
  const text = readString(scan);
  if (!/^-?\d{1,20}$/.test(text)) throw fault(scan, 'bad-record', 'a value that is no integer');
  if (mayBeHex(scan)) scan.notes |= NOTE['counts-suspect'];
  return exactInteger(BigInt(text));
}

function readUnquoted(scan: Scan): string {
  const text = readBare(scan, false);
  if (typeof text !== 'string') throw fault(scan, 'bad-record', 'expected a time');
  return text;
}

function expectName(scan: Scan, name: string): void {
  if (readName(scan) !== name) throw fault(scan, 'bad-record', `expected ${name}`);
}
