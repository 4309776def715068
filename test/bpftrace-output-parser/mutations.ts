import { createParser, type ParserSettings } from 'bpftrace-output-parser';
import fc from 'fast-check';

import { goldens, parseChunks } from './parse.js';
import { render, renderError } from './render.js';

/** A change of some bytes, as a broken pipe, another writer or another version might make. */
type Mutation =
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'cut'; readonly at: number; readonly size: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'repeat'; readonly at: number; readonly size: number };

const place = fc.nat(6000);
/** Bytes that mean something to the parser come more often than others. */
const telling = fc.constantFrom(
  ...Array.from('{}[]",:\\un0x@ \n-|.()', (character) => character.charCodeAt(0)),
);
const byte = fc.oneof(telling, fc.nat(255));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: place, byte }),
  fc.record({ kind: fc.constant('cut' as const), at: place, size: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    bytes: fc.array(byte, { minLength: 1, maxLength: 12 }).map((bytes) => Uint8Array.from(bytes)),
  }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, size: fc.integer({ min: 1, max: 80 }) }),
);

const pool = goldens().map(({ bytes }) => bytes);

/** A recorded output with up to eight changes. */
const mutated = fc
  .tuple(fc.nat(pool.length - 1), fc.array(mutation, { minLength: 1, maxLength: 8 }))
  .map(([i, mutations]) => mutations.reduce(mutate, Uint8Array.from(pool[i] ?? [])));

function mutate(bytes: Uint8Array<ArrayBuffer>, change: Mutation): Uint8Array<ArrayBuffer> {
  const at = change.at % Math.max(bytes.length, 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (change.kind) {
    case 'set':
      return join(before, Uint8Array.of(change.byte), after.subarray(1));
    case 'cut':
      return join(before, after.subarray(change.size));
    case 'insert':
      return join(before, change.bytes, after);
    case 'repeat':
      return join(before, after.subarray(0, change.size), after);
  }
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const settings: fc.Arbitrary<{ -readonly [Name in keyof ParserSettings]: ParserSettings[Name] }> = fc.record(
  {
    format: fc.constantFrom('auto' as const, 'json' as const, 'text' as const),
    generation: fc.constantFrom('auto' as const, 'A' as const, 'B' as const, 'C' as const),
    maxLineBytes: fc.integer({ min: 1, max: 400 }),
    maxBufferBytes: fc.integer({ min: 1, max: 800 }),
  },
  { requiredKeys: [] },
);

/** One case: what is fed, in pieces of which size, to a parser of which settings. */
export const fuzzCase = fc.record({
  bytes: fc.oneof(
    { weight: 4, arbitrary: mutated },
    { weight: 1, arbitrary: fc.array(byte, { maxLength: 300 }).map((bytes) => Uint8Array.from(bytes)) },
  ),
  piece: fc.integer({ min: 1, max: 400 }),
  settings,
});

type FuzzCase = typeof fuzzCase extends fc.Arbitrary<infer Case> ? Case : never;

/** What a case reads as, fed whole and in its pieces: the two must be alike. */
export function bothReadings({
  bytes,
  piece,
  settings: given,
}: FuzzCase): readonly [whole: string, split: string] {
  // How much of a block is held when a limit is met depends on the pieces.
  const parserSettings = { ...given };
  delete parserSettings.maxBufferBytes;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += piece) pieces.push(bytes.subarray(at, at + piece));
  return [reading([bytes], parserSettings), reading(pieces, parserSettings)];
}

function reading(chunks: readonly Uint8Array[], parserSettings: ParserSettings): string {
  const { records, errors } = parseChunks(chunks, parserSettings);
  return [...records.map(render), ...errors.map(renderError)].join('\n');
}

/** What one case came to. */
interface Outcome {
  readonly records: number;
  readonly errors: number;
  readonly ms: number;
}

/** No case may take longer; the largest take about a millisecond. */
const MOST_MS = 2000;

/** Feeds a case; throws if the parser does, or hangs, reports more than lines can hold, or loses its place. */
export function runCase({ bytes, piece, settings: given }: FuzzCase): Outcome {
  let records = 0;
  let errors = 0;
  const parser = createParser({
    ...given,
    onRecord: ({ type, notes }) => {
      records++;
      if (typeof type !== 'string' || !Array.isArray(notes)) throw new Error('not a record');
    },
    onError: ({ text, line, offset }) => {
      errors++;
      if (text.length > 120) throw new Error(`error text of ${text.length}`);
      if (line < 1 || offset < 0 || offset > bytes.length)
        throw new Error(`error at line ${line}, byte ${offset}`);
    },
  });
  const start = performance.now();
  for (let at = 0; at < bytes.length; at += piece) parser.feed(bytes.subarray(at, at + piece));
  parser.end();
  const ms = performance.now() - start;
  if (ms > MOST_MS) throw new Error(`took ${ms} ms`);
  // A byte can complete at most two records: a noise and what stands behind it.
  if (records + errors > 2 * bytes.length + 1) throw new Error(`${records} records of ${bytes.length} bytes`);
  return { records, errors, ms };
}
