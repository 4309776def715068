import { A, B, C, NOTE, expectByte, narrowGenerations, type Key, type Scan } from './scan.js';
import { PLAIN, readString, startsWith, unescapeAgain } from './strings.js';

/** Bits of {@link Key.traits}. */
const INTEGERS_ONLY = 1;
const SEVERAL_PARTS = 2;
const HAS_SPACE = 4;
const IDENTIFIER = 8;

const POOL_SLOTS = 4096;
const MAX_POOLED_BYTES = 48;

const NO_BYTES = new Uint8Array(0);
const EMPTY: Key = { text: '', parts: [''], traits: 0, bytes: NO_BYTES, nextSlot: -1 };
const pool: Key[] = new Array<Key>(POOL_SLOTS).fill(EMPTY);

/** The key of a map that has none. */
export const NO_KEY: readonly string[] = Object.freeze([]);

/**
 * Reads the key at the cursor (at its opening quote) and the `: ` behind it. Plain keys are shared with the last
 * equal one. `previous` is the key before it in the map.
 */
export function readKey(scan: Scan, previous: Key | undefined): Key {
  const { bytes } = scan;
  const from = scan.at + 1;
  const guess = previous === undefined ? undefined : pool[previous.nextSlot];
  if (guess !== undefined && guess !== EMPTY && startsWith(bytes, from, guess.bytes)) {
    scan.at = from + guess.bytes.length;
    return guess;
  }
  return readSharedKey(scan, from, previous) ?? readRareKey(scan);
}

/** Finds the key among those that came before, or adds it; undefined if it is not plain. */
function readSharedKey(scan: Scan, from: number, previous: Key | undefined): Key | undefined {
  const { bytes } = scan;
  const most = Math.min(from + MAX_POOLED_BYTES, scan.end);
  let hash = 0;
  let at = from;
  for (; at < most; at++) {
    const byte = bytes[at] ?? 0;
    if (PLAIN[byte] !== 1) break;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (bytes[at] !== 34 || bytes[at + 1] !== 58 || bytes[at + 2] !== 32) return undefined;
  const to = at + 3;
  scan.at = to;
  const slot = (hash ^ (hash >>> 12)) & (POOL_SLOTS - 1);
  if (previous !== undefined) previous.nextSlot = slot;
  const known = pool[slot];
  if (known?.bytes.length === to - from && startsWith(bytes, from, known.bytes)) return known;
  const made = keyOf(String.fromCharCode(...bytes.subarray(from, at)), bytes.slice(from, to));
  pool[slot] = made;
  return made;
}

function readRareKey(scan: Scan): Key {
  const text = readString(scan);
  expectByte(scan, 58);
  const parts = splitParts(text, ',');
  learnFromKey(scan, text, parts);
  if (!text.includes('\\') || !isTwiceEscaped(scan, text)) return keyOf(text, NO_BYTES);
  const restored = parts.map((part) => (isNested(part) ? part : unescapeAgain(scan, part)));
  return {
    text: restored.join(','),
    parts: restored,
    traits: traitsOf(restored),
    bytes: NO_BYTES,
    nextSlot: -1,
  };
}

/** What 0.22 and 0.23 leave in a key once it is unescaped: no control characters, no quotes, only escapes. */
const ESCAPED_AGAIN = /^(?:[^"\\\x00-\x1f]|\\["\\nrt]|\\u00[01][0-9a-f]|\\uffffff[89a-f][0-9a-f])*$/;
/** No key is longer, and testing one that is would overflow the stack of the regular expression. */
const MAX_ESCAPED_AGAIN = 65_536;
/** What only they leave: bytes sign-extended twice, and the first line of a stack. */
const SURELY_ESCAPED_AGAIN = /\\uffffff[89a-f]|^\\n {4}|,\\n {4}/;

function mayBeEscapedAgain(text: string): boolean {
  return text.length <= MAX_ESCAPED_AGAIN && ESCAPED_AGAIN.test(text);
}

/** Narrows down the generation by what is left in a key. */
function learnFromKey(scan: Scan, text: string, parts: readonly string[]): void {
  if ((scan.generations & B) === 0 || scan.generations === B || parts.some(isNested)) return;
  if (!mayBeEscapedAgain(text)) narrowGenerations(scan, A | C);
  else if (SURELY_ESCAPED_AGAIN.test(text)) narrowGenerations(scan, B);
}

/** Decides whether the backslashes left in a key are a second escaping, that of 0.22 and 0.23. */
function isTwiceEscaped(scan: Scan, text: string): boolean {
  if (scan.generations === B) return true;
  if ((scan.generations & B) === 0 || !mayBeEscapedAgain(text)) return false;
  scan.notes |= NOTE['key-escapes-guessed'];
  return true;
}

/** A nested tuple in a key is printed as JSON by 0.22 and 0.23 (`1,[2,"c d"]`), and stays as printed. */
function isNested(part: string): boolean {
  return part.startsWith('[') && part.endsWith(']');
}

function keyOf(text: string, bytes: Uint8Array): Key {
  const parts = Object.freeze(splitParts(text, ','));
  return { text, parts, traits: traitsOf(parts), bytes, nextSlot: -1 };
}

function traitsOf(parts: readonly string[]): number {
  let traits = INTEGERS_ONLY | (parts.length > 1 ? SEVERAL_PARTS : IDENTIFIER);
  for (const part of parts) {
    if (!/^-?\d+$/.test(part)) traits &= ~INTEGERS_ONLY;
    if (!/^[A-Za-z_]\w*$/.test(part)) traits &= ~IDENTIFIER;
    if (part.includes(' ')) traits |= HAS_SPACE;
  }
  return traits;
}

/**
 * Splits a key or a tuple at its separators, but not inside nested tuples `(…)` or `[…]` and structs `{…}`. If
 * the brackets do not match they are text (`(sd-pam`), and every separator counts.
 */
export function splitParts(text: string, separator: ',' | ', '): string[] {
  if (!text.includes(separator)) return [text];
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 40 || unit === 91 || unit === 123) depth++;
    else if (unit === 41 || unit === 93 || unit === 125) {
      if (--depth < 0) return text.split(separator);
    } else if (unit === 44 && depth === 0 && text.startsWith(separator, i)) {
      parts.push(text.slice(from, i));
      i += separator.length - 1;
      from = i + 1;
    }
  }
  if (depth !== 0) return text.split(separator);
  parts.push(text.slice(from));
  return parts;
}

/** The traits that every key of a map has, to begin with. */
export const ALL_IDENTIFIERS = IDENTIFIER;

/** Notes what is doubtful in one key, and keeps of `shared` the traits that it has too. */
export function noteKey(scan: Scan, traits: number, shared: number): number {
  if ((traits & INTEGERS_ONLY) === 0) {
    if ((traits & SEVERAL_PARTS) !== 0) scan.notes |= NOTE['key-split-guessed'];
    if ((traits & HAS_SPACE) !== 0) narrowGenerations(scan, A | B);
    if ((scan.generations & C) !== 0) scan.notes |= NOTE['key-spaces-deleted'];
  }
  return shared & traits;
}
