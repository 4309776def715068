import type { BpftraceChunk } from './chunks.js';
import type { BpftraceParseError } from './errors.js';
import { generationOf, type JsonGeneration } from './generation.js';
import type { BpftraceRecord } from './records.js';

/** What to expect of the stream, and how much of it to hold. */
export interface ParserSettings {
  /** `auto` (the default) decides by the first line that only one of the two formats has. */
  readonly format?: 'auto' | 'json' | 'text' | undefined;
  /**
   * How the JSON was written; `auto` (the default) decides by the first sign. Only a few records differ, and
   * those say in their notes when they had to be guessed.
   */
  readonly generation?: 'auto' | JsonGeneration | undefined;
  /** The version as bpftrace prints it (`bpftrace v0.23.2`, `0.17.0`), instead of `generation`. */
  readonly version?: string | undefined;
  /** Longest line, 16 MiB by default; a map of 100,000 keys is about 3 MiB. */
  readonly maxLineBytes?: number | undefined;
  /** Most that is held between calls of `feed`, 32 MiB by default. */
  readonly maxBufferBytes?: number | undefined;
}

/** The settings and the two callbacks of {@link createParser}. */
export interface ParserOptions extends ParserSettings {
  /** Called for each record, in order, before `feed` returns. */
  readonly onRecord: (record: BpftraceRecord) => void;
  /** Called for each line that cannot be read; the stream goes on with the next. */
  readonly onError: (error: BpftraceParseError) => void;
}

/** A parser of one stream. Its functions need no `this`, so they can be passed on alone. */
export interface BpftraceParser {
  /**
   * Takes the next bytes of stdout, split anywhere; throws a `TypeError` for what is neither bytes nor text. The
   * chunk may be reused after the call. It throws inside a callback of the same parser.
   */
  readonly feed: (chunk: BpftraceChunk) => void;
  /** Says that the stream has ended: a last line without newline is read. Then as after `reset`. */
  readonly end: () => void;
  /**
   * Forgets the stream: what is held, what was recognised, positions. Inside a callback it also drops the rest of
   * the chunk.
   */
  readonly reset: () => void;
}

export const DEFAULT_MAX_LINE_BYTES = 16 * 1024 * 1024;
export const DEFAULT_MAX_BUFFER_BYTES = 32 * 1024 * 1024;

/** Throws a `TypeError` or a `RangeError` that names the option which cannot be meant. */
export function checkOptions(options: ParserOptions): void {
  const { onRecord, onError, format, generation, version, maxLineBytes, maxBufferBytes } = options;
  if (typeof onRecord !== 'function') throw new TypeError('onRecord must be a function');
  if (typeof onError !== 'function') throw new TypeError('onError must be a function');
  checkOneOf('format', format, ['auto', 'json', 'text']);
  checkOneOf('generation', generation, ['auto', 'A', 'B', 'C']);
  if (version !== undefined) {
    if (typeof version !== 'string') throw new TypeError('version must be a string');
    if (generationOf(version) === undefined) {
      throw new RangeError(
        `version must hold one, as "bpftrace v0.23.2" does, not ${JSON.stringify(version)}`,
      );
    }
  }
  checkLimit('maxLineBytes', maxLineBytes);
  checkLimit('maxBufferBytes', maxBufferBytes);
}

function checkOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (value === undefined) return;
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string`);
  if (!allowed.includes(value)) {
    throw new RangeError(`${name} must be one of ${allowed.join(', ')}, not ${JSON.stringify(value)}`);
  }
}

function checkLimit(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${name} must be a positive integer, not ${value}`);
  }
}
