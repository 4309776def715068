/** Untrusted input is not what it should be: `path` says where, `expected` what was wanted there. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  constructor(
    readonly path: string,
    readonly expected: string,
  ) {
    super(`${path}: expected ${expected}`);
  }
}

/** Longest text and list taken from a file; what a host can have is far below. */
const MAX_TEXT = 4096;
const MAX_ITEMS = 100_000;
/** Half of what a Date holds, so that start plus elapsed time is still a date. */
const MAX_TIME_MS = 4e15;

/** A parsed object whose fields are not decoded yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** An object that is no list. */
export function object(input: unknown, path: string): Fields {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new DecodeError(path, 'an object');
  return input as Fields;
}

/** The own property `name`, never one from the prototype. */
export function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Text, cut at a length that no host reaches. */
export function text(fields: Fields, name: string): string {
  const value = own(fields, name);
  if (typeof value !== 'string') throw new DecodeError(name, 'text');
  return value.length > MAX_TEXT ? value.slice(0, MAX_TEXT) : value;
}

/** Milliseconds, 0 or more. */
export function time(fields: Fields, name: string): number {
  const value = own(fields, name);
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > MAX_TIME_MS)
    throw new DecodeError(name, 'a time in milliseconds');
  return value;
}

/** A whole number, 0 or more. */
export function count(fields: Fields, name: string): number {
  const value = own(fields, name);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new DecodeError(name, 'a whole number, 0 or more');
  // JSON has a -0, which people would be shown.
  return value === 0 ? 0 : value;
}

/** A list of whole numbers, 0 or more. */
export function counts(fields: Fields, name: string): number[] {
  const value = own(fields, name);
  if (!Array.isArray(value) || value.length > MAX_ITEMS) throw new DecodeError(name, 'a list');
  return value.map((item: unknown, index) => count({ [`${name}[${index}]`]: item }, `${name}[${index}]`));
}

/** A list of texts, each cut as {@link text} cuts. */
export function texts(fields: Fields, name: string): string[] {
  const value = own(fields, name);
  if (!Array.isArray(value) || value.length > MAX_ITEMS) throw new DecodeError(name, 'a list');
  return value.map((item: unknown, index) => text({ [`${name}[${index}]`]: item }, `${name}[${index}]`));
}

/** `true` or `false`. */
export function truth(fields: Fields, name: string): boolean {
  const value = own(fields, name);
  if (typeof value !== 'boolean') throw new DecodeError(name, 'true or false');
  return value;
}

/** `null` as it is, anything else decoded. */
export function nullable<T>(
  fields: Fields,
  name: string,
  decode: (fields: Fields, name: string) => T,
): T | null {
  return own(fields, name) === null ? null : decode(fields, name);
}

/** One of a closed set of words. */
export function oneOf<const T extends string>(fields: Fields, name: string, allowed: readonly T[]): T {
  const value = own(fields, name);
  const found = allowed.find((t) => t === value);
  if (found === undefined) throw new DecodeError(name, `one of ${allowed.join(', ')}`);
  return found;
}

/** A list of objects, bounded; an error says which item. */
export function list<T>(fields: Fields, name: string, decode: (fields: Fields) => T): T[] {
  const value = own(fields, name);
  if (!Array.isArray(value) || value.length > MAX_ITEMS) throw new DecodeError(name, 'a list');
  return value.map((item: unknown, index) => {
    try {
      return decode(object(item, 'item'));
    } catch (error) {
      if (error instanceof DecodeError)
        throw new DecodeError(`${name}[${index}].${error.path}`, error.expected);
      throw error;
    }
  });
}
