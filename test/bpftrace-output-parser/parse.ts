import { readdirSync, readFileSync } from 'node:fs';

import {
  createParser,
  type BpftraceParseError,
  type BpftraceRecord,
  type ParserSettings,
} from 'bpftrace-output-parser';

const GOLDENS = new URL('../bpftrace-json/', import.meta.url);

/** A recorded output: `version` is bpftrace's, `file` as `hist.json`. */
interface Golden {
  readonly version: string;
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Every recorded output, JSON and text. */
export function goldens(): Golden[] {
  const versions = readdirSync(GOLDENS).filter((name) => /^\d/.test(name));
  return versions.flatMap((version) =>
    readdirSync(new URL(`${version}/`, GOLDENS))
      .filter((file) => !file.endsWith('.stderr'))
      .map((file) => ({ version, file, bytes: readGolden(version, file) })),
  );
}

export function readGolden(version: string, file: string): Uint8Array {
  return readFileSync(new URL(`${version}/${file}`, GOLDENS));
}

export interface Parsed {
  readonly records: BpftraceRecord[];
  readonly errors: BpftraceParseError[];
}

/** Feeds the chunks one by one and ends the stream. */
export function parseChunks(chunks: Iterable<Uint8Array | string>, settings: ParserSettings = {}): Parsed {
  const records: BpftraceRecord[] = [];
  const errors: BpftraceParseError[] = [];
  const parser = createParser({
    ...settings,
    onRecord: (record) => records.push(record),
    onError: (error) => errors.push(error),
  });
  for (const chunk of chunks) parser.feed(chunk);
  parser.end();
  return { records, errors };
}

export function parse(input: Uint8Array | string, settings: ParserSettings = {}): Parsed {
  return parseChunks([input], settings);
}

/** The records of an input that has no bad line. */
export function records(input: Uint8Array | string, settings: ParserSettings = {}): BpftraceRecord[] {
  const parsed = parse(input, settings);
  const [error] = parsed.errors;
  if (error !== undefined) throw error;
  return parsed.records;
}

/** The one record of one line. */
export function record(line: string, settings: ParserSettings = {}): BpftraceRecord {
  const [first, second] = records(`${line}\n`, settings);
  if (first === undefined || second !== undefined) throw new Error('not one record');
  return first;
}

/** The bytes as a caller of Latin-1 text means them: one byte a character. */
export function bytes(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, (character) => character.charCodeAt(0));
}
