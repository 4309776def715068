import { NOTE, fault, type Scan } from './scan.js';

/** Short strings come again and again (keys, names, commands): up to this many bytes they are shared. */
const MAX_POOLED_BYTES = 32;
const POOL_SLOTS = 4096;
const pool: string[] = new Array<string>(POOL_SLOTS).fill('');

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();

/**
 * Reads the string at the cursor, which stands at its opening quote.
 * Bytes from 0x80 that x86 builds from 0.17 write as `\uffffffXX` become bytes again before UTF-8 is decoded.
 */
export function readString(scan: Scan): string {
  const { bytes, end } = scan;
  const from = scan.at + 1;
  let hash = 0;
  for (let at = from; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 34) {
      scan.at = at + 1;
      return at - from <= MAX_POOLED_BYTES
        ? pooled(bytes, from, at, hash)
        : lenient.decode(bytes.subarray(from, at));
    }
    if (byte === 92 || byte >= 128) return readUnplainString(scan, from, at);
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  scan.at = end;
  throw fault(scan, 'bad-json', 'a string without its closing quote');
}

/** The rest of {@link readString} once something other than plain ASCII was met at `at`. */
function readUnplainString(scan: Scan, from: number, at: number): string {
  const { bytes, end } = scan;
  let escaped = false;
  let close = at;
  for (; close < end; close++) {
    const byte = bytes[close] ?? 0;
    if (byte === 34) break;
    if (byte === 92) {
      escaped = true;
      close++;
    }
  }
  if (close >= end) {
    scan.at = end;
    throw fault(scan, 'bad-json', 'a string without its closing quote');
  }
  scan.at = close + 1;
  if (!escaped) return decode(scan, bytes.subarray(from, close));
  // Most printf strings: ASCII, and one escape, the newline at the end.
  if (at === close - 2 && bytes[close - 1] === 110) return `${lenient.decode(bytes.subarray(from, at))}\n`;
  return decode(scan, unescape(scan, bytes.subarray(from, close)));
}

/** The ASCII string of these bytes, shared with the last equal one. */
export function pooled(bytes: Uint8Array, from: number, to: number, hash: number): string {
  const slot = (hash ^ (hash >>> 12)) & (POOL_SLOTS - 1);
  const known = pool[slot] ?? '';
  if (equalsAscii(known, bytes, from, to)) return known;
  const made = lenient.decode(bytes.subarray(from, to));
  pool[slot] = made;
  return made;
}

/** Whether an ASCII string has exactly these bytes. */
export function equalsAscii(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let i = from; i < to; i++) if (text.charCodeAt(i - from) !== bytes[i]) return false;
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
