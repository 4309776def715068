import type { BpftraceValue, MapEntry } from '../records.js';
import { readInteger } from './integers.js';
import { ALL_IDENTIFIERS, NO_KEY, noteKey, readKey } from './keys.js';
import { type Key } from './scan.js';
import { A, B, C, NOTE, expectByte, createFault, narrowGenerations, peekToken, type Scan } from './scan.js';
import { opensWithSpace, readBare, readValue } from './values.js';

/** The data of a record that prints a map. */
interface MapData<Value> {
  readonly name: string;
  readonly entries: readonly MapEntry<Value>[];
}

/**
 * Reads `{"@name": value}` or `{"@name": {"key": value, ...}}`.
 * `isValue` says whether an object at the cursor is itself a value of this kind of map.
 */
export function readMapData<Value>(
  scan: Scan,
  readItem: (scan: Scan) => Value,
  isValue: (scan: Scan) => boolean,
): MapData<Value> {
  const { bytes } = scan;
  if (bytes[scan.at] === 123) scan.at++;
  else expectByte(scan, 123);
  if (bytes[scan.at] !== 34 && peekToken(scan) !== 34)
    throw createFault(scan, 'bad-json', 'expected the name of a map');
  // Names are found like keys: they, too, come in the same order every time.
  const name = readKey(scan, scan.lastName);
  scan.lastName = name;
  const keyed = peekToken(scan) === 123 && !isValue(scan);
  const entries = keyed
    ? readKeyed(scan, readItem, isValue === isStruct)
    : [{ key: NO_KEY, keyText: '', value: readItem(scan) }];
  if (bytes[scan.at] === 125) scan.at++;
  else expectByte(scan, 125);
  return { name: name.text, entries };
}

function readKeyed<Value>(
  scan: Scan,
  readItem: (scan: Scan) => Value,
  maybeStruct: boolean,
): readonly MapEntry<Value>[] {
  const entries: MapEntry<Value>[] = [];
  scan.at++;
  if (peekToken(scan) === 125) {
    scan.at++;
    return entries;
  }
  let shared = ALL_IDENTIFIERS;
  let previous: Key | undefined;
  const { bytes } = scan;
  for (;;) {
    if (bytes[scan.at] !== 34 && peekToken(scan) !== 34)
      throw createFault(scan, 'bad-json', 'expected a key');
    const key = readKey(scan, previous);
    previous = key;
    shared = noteKey(scan, key.traits, shared);
    entries.push({ key: key.parts, keyText: key.text, value: readItem(scan) });
    // Every version writes `, `; the step saves two calls an entry.
    if (bytes[scan.at] === 44 && bytes[scan.at + 1] === 32) scan.at += 2;
    else if (peekToken(scan) === 44) scan.at++;
    else break;
  }
  expectByte(scan, 125);
  if (maybeStruct && shared !== 0 && (scan.generations & C) !== 0) scan.notes |= NOTE['maybe-struct'];
  return entries;
}

/** One value of a plain map or of `print()`: the way its struct is spaced tells the generation. */
export function readPlainValue(scan: Scan): BpftraceValue {
  const byte = scan.bytes[scan.at] ?? 0;
  if (byte >= 48 && byte <= 57) return readInteger(scan, false) ?? readBare(scan, false);
  if (peekToken(scan) === 123) narrowGenerations(scan, opensWithSpace(scan) ? A | B : C);
  return readValue(scan);
}

/** Up to 0.23 the space inside the brace tells a struct from a keyed map. From 0.24 nothing does. */
export function isStruct(scan: Scan): boolean {
  return opensWithSpace(scan);
}

/** A kind of map whose values are never objects. */
export function isNeverStruct(): boolean {
  return false;
}
