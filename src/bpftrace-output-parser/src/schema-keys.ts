import type { BpftraceInteger, MapEntry, StatsValue } from './records.js';
import { exactInteger } from './json/integers.js';

/**
 * The parts of a key by their declared kinds, or undefined if it has not that shape. A text may hold commas: if
 * only one part is a text, the integers around it leave no doubt where it ends.
 */
export function readKeyParts(
  entry: MapEntry<unknown>,
  kinds: readonly KeyKind[],
): readonly (BpftraceInteger | string)[] | undefined {
  const { key, keyText } = entry;
  if (kinds.length === 0) return key.length === 0 ? [] : undefined;
  if (kinds.length === 1 && kinds[0] === 'text' && key.length > 0) return [keyText];
  const parts = key.length > kinds.length ? joinText(key, keyText, kinds) : key;
  if (parts?.length !== kinds.length) return undefined;
  const read: (BpftraceInteger | string)[] = [];
  for (const [i, part] of parts.entries()) {
    const value = kinds[i] === 'integer' ? integerOf(part) : part;
    if (value === undefined) return undefined;
    read.push(value);
  }
  return read;
}

/** Joins the parts that belong to the one text among integers. */
function joinText(
  key: readonly string[],
  keyText: string,
  kinds: readonly KeyKind[],
): readonly string[] | undefined {
  const at = kinds.indexOf('text');
  if (at < 0 || kinds.lastIndexOf('text') !== at) return undefined;
  const separator = key.join(',') === keyText ? ',' : ', ';
  const behind = kinds.length - at - 1;
  const text = key.slice(at, key.length - behind).join(separator);
  return [...key.slice(0, at), text, ...key.slice(key.length - behind)];
}

function integerOf(part: string): BpftraceInteger | undefined {
  if (/^0x[0-9a-f]{1,16}$/.test(part)) return exactInteger(BigInt(part));
  return /^-?\d{1,20}$/.test(part) ? exactInteger(BigInt(part)) : undefined;
}

/** Whether a value is that of `stats()`. */
export function isStatsValue(value: unknown): value is StatsValue {
  return (
    typeof value === 'object' && value !== null && 'count' in value && 'average' in value && 'total' in value
  );
}

/** What one part of a key is. */
export type KeyKind = 'integer' | 'text';
