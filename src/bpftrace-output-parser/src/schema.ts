import { isStatsValue, readKeyParts } from './schema-keys.js';
import type { KeyKind } from './schema-keys.js';
import type {
  BpftraceInteger,
  BpftraceRecord,
  BpftraceStruct,
  BpftraceValue,
  HistBucket,
  MapEntry,
  StatsValue,
  TseriesPoint,
} from './records.js';

/** The types of the kinds of parts. */
export interface KeyKinds {
  integer: BpftraceInteger;
  text: string;
}

/** The types of the kinds of values. */
export interface ValueKinds {
  integer: BpftraceInteger;
  text: string;
  boolean: boolean;
  tuple: readonly BpftraceValue[];
  struct: BpftraceStruct;
  /** `stats()`; `avg()` is `integer`. */
  stats: StatsValue;
  hist: readonly HistBucket[];
  tseries: readonly TseriesPoint[];
  any: BpftraceValue;
}

/** How one map is declared: the kinds of its key's parts, none for a map without a key, and of its value. */
export interface MapShape {
  readonly key?: readonly KeyKind[];
  readonly value: keyof ValueKinds;
}

type TypedKey<Key> = Key extends readonly KeyKind[]
  ? { readonly [Part in keyof Key]: Key[Part] extends KeyKind ? KeyKinds[Key[Part]] : never }
  : readonly [];

/** One entry of a declared map. */
export interface TypedEntry<Shape extends MapShape> {
  readonly key: TypedKey<Shape['key']>;
  readonly value: ValueKinds[Shape['value']];
}

/** What was read of a declared map: a union discriminated by `name`. */
export type TypedMap<Shapes extends Readonly<Record<string, MapShape>>> = {
  [Name in keyof Shapes & string]: {
    readonly name: Name;
    readonly entries: readonly TypedEntry<Shapes[Name]>[];
    /** Entries that do not have the declared shape, as they came. */
    readonly misfits: readonly MapEntry<unknown>[];
  };
}[keyof Shapes & string];

/** Reads the maps that a program declares. */
export interface MapReader<Shapes extends Readonly<Record<string, MapShape>>> {
  /** The typed map, or undefined if the record is no map or one that is not declared. */
  read(record: BpftraceRecord): TypedMap<Shapes> | undefined;
}

/**
 * Declares a program's maps, and reads their records with types. The declaration also settles what the output
 * leaves open: a text with a comma in a key, a struct that looks like a keyed map (0.24+), an integer that was
 * printed as text.
 *
 * @example
 * const maps = defineMaps({
 *   '@inserted': { key: ['integer'], value: 'integer' },
 *   '@latency': { value: 'hist' },
 * });
 * const map = maps.read(record);
 * if (map?.name === '@inserted') for (const { key: [netns], value } of map.entries) console.log(netns, value);
 */
export function defineMaps<const Shapes extends Readonly<Record<string, MapShape>>>(
  shapes: Shapes,
): MapReader<Shapes> {
  const byName = new Map<string, MapShape>(Object.entries(shapes));
  return {
    read(record) {
      if (!('entries' in record)) return undefined;
      const shape = byName.get(record.name);
      if (shape === undefined) return undefined;
      const entries: { key: readonly (BpftraceInteger | string)[]; value: unknown }[] = [];
      const misfits: MapEntry<unknown>[] = [];
      for (const entry of entriesOf(record, shape)) {
        const key = readKeyParts(entry, shape.key ?? []);
        if (key !== undefined && fits(entry.value, shape.value)) {
          entries.push({ key, value: shape.value === 'text' ? String(entry.value) : entry.value });
        } else misfits.push(entry);
      }
      // The entries were checked one by one against the shape that the name stands for.
      return { name: record.name, entries, misfits } as unknown as TypedMap<Shapes>;
    },
  };
}

type MapLike = Extract<BpftraceRecord, { entries: unknown }>;

/** The entries; of a struct that was read as a keyed map, the one entry that it is. */
function entriesOf(record: MapLike, shape: MapShape): readonly MapEntry<unknown>[] {
  const keyed = record.entries.some((entry) => entry.key.length > 0);
  if (shape.key !== undefined || shape.value !== 'struct' || !keyed) return record.entries;
  const fields = Object.create(null) as Record<string, unknown>;
  for (const { keyText, value } of record.entries) fields[keyText] = value;
  return [{ key: [], keyText: '', value: fields }];
}

function fits(value: unknown, kind: keyof ValueKinds): boolean {
  switch (kind) {
    case 'integer':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'text':
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
    case 'boolean':
      return typeof value === 'boolean';
    case 'tuple':
    case 'hist':
    case 'tseries':
      return Array.isArray(value);
    case 'struct':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'stats':
      return isStatsValue(value);
    case 'any':
      return true;
  }
}
