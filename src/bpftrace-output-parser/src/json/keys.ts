import { A, B, C, NOTE, fault, narrow, type Scan } from './scan.js';
import { equalsAscii, readString, unescapeAgain } from './strings.js';

/** A key as the caller sees it, and what makes it doubtful. */
export interface Key {
  readonly text: string;
  readonly parts: readonly string[];
  readonly traits: number;
}

/** Bits of {@link Key.traits}. */
const INTEGERS_ONLY = 1;
const SEVERAL_PARTS = 2;
const HAS_SPACE = 4;
const IDENTIFIER = 8;

const POOL_SLOTS = 4096;
const MAX_POOLED_BYTES = 48;
const EMPTY: Key = { text: '', parts: [''], traits: 0 };
const pool: Key[] = new Array<Key>(POOL_SLOTS).fill(EMPTY);

/** The key of a map that has none. */
export const NO_KEY: readonly string[] = Object.freeze([]);

/**
 * Reads the key at the cursor (at its opening quote). Plain keys are shared with the last equal one: a map is
 * printed every second with mostly the same keys.
 */
export function readKey(scan: Scan): Key {
  const { bytes, end } = scan;
  const from = scan.at + 1;
  let hash = 0;
  let at = from;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 34 || byte === 92 || byte >= 128) break;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (at >= end) {
    scan.at = end;
    throw fault(scan, 'bad-json', 'a key without its closing quote');
  }
  if (bytes[at] !== 34 || at - from > MAX_POOLED_BYTES) return readRareKey(scan);
  scan.at = at + 1;
  const slot = (hash ^ (hash >>> 12)) & (POOL_SLOTS - 1);
  let key = pool[slot] ?? EMPTY;
  if (!equalsAscii(key.text, bytes, from, at)) {
    key = keyOf(String.fromCharCode(...bytes.subarray(from, at)));
    pool[slot] = key;
  }
  return key;
}

function readRareKey(scan: Scan): Key {
  const text = readString(scan);
  if (!text.includes('\\') || !isTwiceEscaped(scan, text)) return keyOf(text);
  const parts = splitKey(text).map((part) => unescapeAgain(scan, part));
  return { text: parts.join(','), parts, traits: traitsOf(parts) };
}

/** Decides whether the backslashes left in a key are a second escaping, that of 0.22 and 0.23. */
function isTwiceEscaped(scan: Scan, text: string): boolean {
  if (scan.generations === B) return true;
  if ((scan.generations & B) === 0) return false;

  if (!/^(?:[^"\\\x00-\x1f]|\\["\\nrt]|\\u00[01][0-9a-f]|\\uffffff[89a-f][0-9a-f])*$/.test(text))
    return false;
  if (/\\uffffff[89a-f]/.test(text)) narrow(scan, B);
  else scan.notes |= NOTE['key-escapes-guessed'];
  return true;
}

function keyOf(text: string): Key {
  const parts = Object.freeze(splitKey(text));
  return { text, parts, traits: traitsOf(parts) };
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
 * Splits a key at its commas, nested tuples `(…)` kept whole. If the brackets do not match, they are text
 * (`(sd-pam`), and every comma counts.
 */
export function splitKey(text: string): string[] {
  if (!text.includes(',')) return [text];
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 40) depth++;
    else if (unit === 41 && --depth < 0) return text.split(',');
    else if (unit === 44 && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  if (depth !== 0) return text.split(',');
  parts.push(text.slice(from));
  return parts;
}

/** The traits that every key of a map has, to begin with. */
export const ALL_IDENTIFIERS = IDENTIFIER;

/** Notes what is doubtful in one key, and keeps of `shared` the traits that it has too. */
export function noteKey(scan: Scan, traits: number, shared: number): number {
  if ((traits & INTEGERS_ONLY) === 0) {
    if ((traits & SEVERAL_PARTS) !== 0) scan.notes |= NOTE['key-split-guessed'];
    if ((traits & HAS_SPACE) !== 0) narrow(scan, A | B);
    if ((scan.generations & C) !== 0) scan.notes |= NOTE['key-spaces-deleted'];
  }
  return shared & traits;
}
