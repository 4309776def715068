import { NOTE, createFault, type Scan } from './scan.js';

/** Short strings come again and again (keys, names, commands): up to this many bytes they are shared. */
const MAX_POOLED_BYTES = 32;
const POOL_SLOTS = 4096;

/** A shared string and the bytes it was made of. */
interface Pooled {
  readonly text: string;
  readonly bytes: Uint8Array;
}

const pool: Pooled[] = new Array<Pooled>(POOL_SLOTS).fill({ text: '', bytes: new Uint8Array(0) });

/** 1 for the bytes a string holds as themselves: printable ASCII and DEL, but no quote or backslash. */
export const PLAIN = new Uint8Array(256).fill(1, 32, 128);
PLAIN[34] = PLAIN[92] = 0;

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();

/**
 * Reads the string at the cursor, which stands at its opening quote.
 * Bytes from 0x80 that x86 builds from 0.17 write as `\uffffffXX` become bytes again before UTF-8 is decoded.
 */
export function readString(scan: Scan): string {
  const { bytes } = scan;
  const from = scan.at + 1;
  const most = from + MAX_POOLED_BYTES;
  let hash = 0;
  let at = from;
  for (; at <= most; at++) {
    const byte = bytes[at] ?? 0;
    if (PLAIN[byte] !== 1) {
      if (byte !== 34 || at >= scan.end) return readUnplainString(scan, from, at);
      scan.at = at + 1;
      return pooled(bytes, from, at, hash);
    }
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  return readLongString(scan, from, at);
}

/** Reads a string that is not likely to come again, {@link readString} without the sharing. */
export function readText(scan: Scan): string {
  return readLongString(scan, scan.at + 1, scan.at + 1);
}

function readLongString(scan: Scan, from: number, plainTo: number): string {
  const { bytes } = scan;
  let at = plainTo;
  while (PLAIN[bytes[at] ?? 0] === 1) at++;
  if (bytes[at] !== 34 || at >= scan.end) return readUnplainString(scan, from, at);
  scan.at = at + 1;
  return asciiText(scan, from, at);
}

/** How much is decoded at once: a string that the caller keeps may keep that much alive. */
const BLOCK_BYTES = 4096;

/**
 * The text of bytes that are all ASCII. It is cut out of a larger block decoded at once, since making a view and
 * decoding it costs more than all the rest of a short line.
 */
function asciiText(scan: Scan, from: number, to: number): string {
  if (from < scan.textFrom || to > scan.textTo) {
    scan.textFrom = from;
    scan.textTo = Math.min(Math.max(to, from + BLOCK_BYTES), scan.bytes.length);
    scan.text = lenient.decode(scan.bytes.subarray(from, scan.textTo));
  }
  // Each byte became one unit of text only if none was part of a longer character.
  if (scan.text.length !== scan.textTo - scan.textFrom) return lenient.decode(scan.bytes.subarray(from, to));
  return scan.text.slice(from - scan.textFrom, to - scan.textFrom);
}

/** The rest of {@link readString} once something other than plain ASCII was met at `at`. */
function readUnplainString(scan: Scan, from: number, at: number): string {
  const { bytes, end } = scan;
  let escaped = false;
  let close = at;
  for (; close < end; close++) {
    const byte = bytes[close] ?? 0;
    // A raw newline is never inside a string; without this a line could be read into the next.
    if (byte === 34 || byte === 10) break;
    if (byte === 92) {
      escaped = true;
      if (bytes[++close] === 10) break;
    }
  }
  if (close >= end || bytes[close] !== 34) {
    scan.at = Math.min(close, end);
    throw createFault(scan, 'bad-json', 'a string without its closing quote');
  }
  scan.at = close + 1;
  if (!escaped) return decode(scan, bytes.subarray(from, close));
  // Most printf strings: ASCII, and one escape, the newline at the end.
  if (at === close - 2 && bytes[close - 1] === 110) return `${asciiText(scan, from, at)}\n`;
  return decode(scan, unescape(scan, bytes.subarray(from, close)));
}

/** The ASCII string of these bytes, shared with the last equal one. */
function pooled(bytes: Uint8Array, from: number, to: number, hash: number): string {
  const slot = (hash ^ (hash >>> 12)) & (POOL_SLOTS - 1);
  const known = pool[slot];
  if (known?.bytes.length === to - from && startsWith(bytes, from, known.bytes)) return known.text;
  const own = bytes.slice(from, to);
  const text = lenient.decode(own);
  pool[slot] = { text, bytes: own };
  return text;
}

/** Whether `expected` stands at `from`. */
export function startsWith(bytes: Uint8Array, from: number, expected: Uint8Array): boolean {
  const size = expected.length;
  for (let i = 0; i < size; i++) if (expected[i] !== bytes[from + i]) return false;
  return true;
}

/** UTF-8 to text; what is not UTF-8 becomes U+FFFD and is noted. */
export function decode(scan: Scan, bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    scan.notes |= NOTE['invalid-utf8'];
    return lenient.decode(bytes);
  }
}

const SIMPLE_ESCAPES: ReadonlyMap<number, number> = new Map([
  [34, 34],
  [47, 47],
  [92, 92],
  [98, 8],
  [102, 12],
  [110, 10],
  [114, 13],
  [116, 9],
]);

/** The bytes that an escaped string stood for. An escape that JSON does not know is kept as it is, and noted. */
function unescape(scan: Scan, bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let size = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== 92) {
      out[size++] = byte;
      continue;
    }
    const kind = bytes[++at] ?? 0;
    const simple = SIMPLE_ESCAPES.get(kind);
    if (simple !== undefined) {
      out[size++] = simple;
      continue;
    }
    const unit = kind === 117 ? hexUnit(bytes, at + 1) : -1;
    if (unit < 0) {
      scan.notes |= NOTE.repaired;
      out[size++] = 92;
      if (at < bytes.length) out[size++] = kind;
      continue;
    }
    scan.escapeSeen = true;
    const byteEscape = unit === 0xffff ? signExtendedByte(bytes, at + 5) : -1;
    if (byteEscape >= 0) {
      out[size++] = byteEscape;
      at += 8;
      continue;
    }
    const low =
      unit >= 0xd800 && unit < 0xdc00 && bytes[at + 5] === 92 && bytes[at + 6] === 117
        ? hexUnit(bytes, at + 7)
        : -1;
    const paired = low >= 0xdc00 && low < 0xe000;
    const text = paired ? String.fromCharCode(unit, low) : String.fromCharCode(unit);
    at += paired ? 10 : 4;
    // One escape of six bytes is at most three of UTF-8, a pair of twelve is four: `out` cannot overflow.
    size += encoder.encodeInto(text, out.subarray(size)).written;
  }
  return out.subarray(0, size);
}

/** The four hexadecimal digits at `at`, or -1. */
function hexUnit(bytes: Uint8Array, at: number): number {
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const digit = hexDigit(bytes[i] ?? 0);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/** The byte of `\uffffffXX`, whose last four digits are at `at`, or -1 when it is a plain `\uffff`. */
function signExtendedByte(bytes: Uint8Array, at: number): number {
  const unit = hexUnit(bytes, at);
  return unit >= 0xff80 ? unit & 0xff : -1;
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Undoes a second escaping, that of key parts in 0.22 and 0.23. */
export function unescapeAgain(scan: Scan, text: string): string {
  return decode(scan, unescape(scan, encoder.encode(text)));
}
