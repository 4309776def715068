import { BpftraceParseError, type BpftraceParseErrorCode } from '../errors.js';
import type { JsonGeneration } from '../generation.js';
import type { RecordNote } from '../records.js';

/** Bits of the generations that the stream may still be of. */
export const A = 1;

export const B = 2;

export const C = 4;

export const GENERATION_BITS: Readonly<Record<JsonGeneration, number>> = { A, B, C };

/** The notes as bits, so that a line collects them without building anything. */
export const NOTE = {
  'key-spaces-deleted': 1,
  'key-escapes-guessed': 2,
  'key-split-guessed': 4,
  'maybe-struct': 8,
  'invalid-utf8': 16,
  repaired: 32,
  'hex-counts': 64,
  'counts-suspect': 128,
  'buckets-overflowed': 256,
  'duplicate-field': 512,
  'text-guessed': 1024,
  'sign-suspect': 2048,
  'integer-guessed': 4096,
} as const satisfies Readonly<Record<RecordNote, number>>;

/** Where the reader stands in a line, and what it has learnt of the stream. */
export interface Scan {
  bytes: Uint8Array;
  /** The next byte to read. */
  at: number;
  /** The start of the line, and the byte after its last. */
  start: number;
  end: number;
  /** Position of the line in the stream, for errors. */
  line: number;
  lineOffset: number;
  /** Bits of {@link NOTE} for the record being read. */
  notes: number;
  /** Bits of the generations still possible; evidence only ever removes some. */
  generations: number;
  /** `bytes[textFrom..textTo)` decoded, to take strings from; only of use if it is all ASCII. */
  text: string;
  textFrom: number;
  textTo: number;
  /** The name of the last map. */
  lastName: Key | undefined;
  /** A `\u` escape was printed: from then on 0.24+ prints counts in hexadecimal. */
  escapeSeen: boolean;
  /** One stood in a line that could not be read, and that may not have been all bpftrace's. */
  escapeMissed: boolean;
  /** Whether the version is one that prints averages of negative values as positive ones, if it is known. */
  readonly unsignedAverages: boolean | undefined;
}

export function createScan(generations: number, unsignedAverages: boolean | undefined): Scan {
  return {
    bytes: new Uint8Array(0),
    at: 0,
    start: 0,
    end: 0,
    line: 0,
    lineOffset: 0,
    notes: 0,
    generations,
    text: '',
    textFrom: 0,
    textTo: 0,
    lastName: undefined,
    escapeSeen: false,
    escapeMissed: false,
    unsignedAverages,
  };
}

/** Narrows the generations by a sign that only those of `bits` give; a sign against all we know is ignored. */
export function narrowGenerations(scan: Scan, bits: number): void {
  const left = scan.generations & bits;
  if (left !== 0) scan.generations = left;
}

/** The next byte, or 0 at the end of the line (no valid line holds a NUL). */
export function peek(scan: Scan): number {
  return scan.at < scan.end ? (scan.bytes[scan.at] ?? 0) : 0;
}

/** Skips spaces, tabs and carriage returns, and gives the byte after them. */
export function peekToken(scan: Scan): number {
  const { bytes, end } = scan;
  let at = scan.at;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte !== 32 && byte !== 9 && byte !== 13) {
      scan.at = at;
      return byte;
    }
    at++;
  }
  scan.at = at;
  return 0;
}

/** Steps over a byte that must come next, spaces aside. */
export function expectByte(scan: Scan, byte: number): void {
  if (peekToken(scan) !== byte) throw createFault(scan, 'bad-json', `expected ${String.fromCharCode(byte)}`);
  scan.at++;
}

const MAX_ERROR_TEXT = 120;
const errorText = new TextDecoder('utf-8', { ignoreBOM: true });

/** An error at the reader's place; its text is the line, or of a long line the part around that place. */
export function createFault(scan: Scan, code: BpftraceParseErrorCode, message: string): BpftraceParseError {
  const long = scan.end - scan.start > MAX_ERROR_TEXT;
  const from = long ? Math.max(scan.start, Math.min(scan.at - 40, scan.end - MAX_ERROR_TEXT)) : scan.start;
  const text = errorText.decode(scan.bytes.subarray(from, Math.min(scan.end, from + MAX_ERROR_TEXT)));
  return new BpftraceParseError(code, message, {
    text,
    line: scan.line,
    offset: scan.lineOffset + (scan.at - scan.start),
  });
}

const NO_NOTES: readonly RecordNote[] = Object.freeze([]);
const noteLists = new Map<number, readonly RecordNote[]>([[0, NO_NOTES]]);

/** The notes of a bit set; each set is one shared list, and few of the many ever occur. */
export function notesOf(bits: number): readonly RecordNote[] {
  if (bits === 0) return NO_NOTES;
  const known = noteLists.get(bits);
  if (known !== undefined) return known;
  const names = (Object.keys(NOTE) as RecordNote[]).filter((note) => (bits & NOTE[note]) !== 0);
  const list = Object.freeze(names);
  noteLists.set(bits, list);
  return list;
}

/** A key as the caller sees it, what makes it doubtful, and how it is found again. */
export interface Key {
  readonly text: string;
  readonly parts: readonly string[];
  readonly traits: number;
  /** The bytes of a plain key as printed, with the `": ` behind it; none of a key that is not shared. */
  readonly bytes: Uint8Array;
  /**
   * The slot of the key that came behind this one the last time: most maps are printed again in the same order.
   * A slot and not the key, since a chain of keys would never be freed.
   */
  nextSlot: number;
}
