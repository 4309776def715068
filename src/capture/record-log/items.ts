import type { ByteReader, ByteWriter } from './bytes.js';

/** Any JSON value. */
type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** The distinct items with their numbers left out: few, although each item recurs every second. */
export interface Shapes {
  idOf(item: object): number;
  /** The item with this shape and these numbers. */
  fill(id: number, numbers: readonly number[]): object;
  /** Approximate memory. */
  readonly sizeBytes: number;
}

/** Memory of a shape besides its text, which is kept twice. */
const SHAPE_BYTES = 300;

/** Starts without shapes. */
export function createShapes(): Shapes {
  const ids = new Map<string, number>();
  const texts: Value[] = [];
  let sizeBytes = 0;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    idOf(item) {
      const text = JSON.stringify(item, (_key, value: unknown) => (typeof value === 'number' ? 0 : value));
      let id = ids.get(text);
      if (id === undefined) {
        id = texts.length;
        ids.set(text, id);
        texts.push(JSON.parse(text) as Value);
        sizeBytes += SHAPE_BYTES + text.length * 3;
      }
      return id;
    },
    fill(id, numbers) {
      const next = numbers[Symbol.iterator]();
      return fillShape(texts[id] ?? null, () => next.next().value ?? 0) as object;
    },
  };
}

function fillShape(shape: Value, next: () => number): Value {
  if (typeof shape === 'number') return next();
  if (typeof shape !== 'object' || shape === null) return shape;
  if (Array.isArray(shape)) return shape.map((value: Value) => fillShape(value, next));
  const whole: Record<string, Value> = {};
  for (const [key, field] of Object.entries(shape)) whole[key] = fillShape(field, next);
  return whole;
}

function collectNumbers(item: unknown, numbers: number[]): number[] {
  if (typeof item === 'number') numbers.push(item);
  else if (typeof item === 'object' && item !== null)
    for (const entry of Object.values(item as Readonly<Record<string, unknown>>))
      collectNumbers(entry, numbers);
  return numbers;
}

/** Whether two items are equal except for their numbers. */
function sameShape(a: unknown, b: unknown): boolean {
  if (typeof a === 'number') return typeof b === 'number';
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  const [left, right] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameShape(left[key], right[key]))
  );
}

interface Entry<T> {
  readonly item: T;
  readonly shape: number;
  readonly numbers: readonly number[];
}

/** Codes lists of one kind, each as the items that changed since the list before. */
export function createItemCoder<T extends object>(
  shapes: Shapes,
): {
  write(out: ByteWriter, items: readonly T[]): void;
  read(from: ByteReader): readonly T[];
} {
  let entries: Entry<T>[] = [];

  return {
    write(out, items) {
      const changed: [at: number, entry: Entry<T>, before: Entry<T> | undefined][] = [];
      const next = items.map((item, at) => {
        const before = entries[at];
        const numbers = collectNumbers(item, []);
        const isSameShape = before !== undefined && sameShape(before.item, item);
        if (isSameShape && numbers.every((number, index) => number === before.numbers[index])) return before;
        const entry = { item, shape: isSameShape ? before.shape : shapes.idOf(item), numbers };
        changed.push([at, entry, isSameShape ? before : undefined]);
        return entry;
      });
      out.count(items.length);
      out.count(changed.length);
      for (const [at, { shape, numbers }, before] of changed) {
        out.count(at);
        out.count(before === undefined ? shape + 1 : 0);
        if (before === undefined) out.count(numbers.length);
        numbers.forEach((number, index) => out.step(number, before?.numbers[index] ?? 0));
      }
      entries = next;
    },
    read(from) {
      const next = entries.slice(0, from.count());
      for (let left = from.count(); left > 0; left -= 1) {
        const at = from.count();
        const coded = from.count();
        const before = coded === 0 ? entries[at] : undefined;
        const shape = before?.shape ?? coded - 1;
        const numbers =
          before === undefined
            ? Array.from({ length: from.count() }, () => from.step(0))
            : before.numbers.map((number) => from.step(number));
        next[at] = { item: shapes.fill(shape, numbers) as T, shape, numbers };
      }
      entries = next;
      return entries.map(({ item }) => item);
    },
  };
}
