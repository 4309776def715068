import type { BpftraceChunk } from './chunks.js';
import type { BpftraceParseError } from './errors.js';
import type { JsonGeneration } from './generation.js';
import type { BpftraceRecord } from './records.js';

/** What to expect of the stream, and how much of it to hold. */
export interface ParserSettings {
  /** `auto` (the default) decides by the first line that only one of the two formats has. */
  readonly format?: 'auto' | 'json' | 'text';
  /**
   * How the JSON was written; `auto` (the default) decides by the first sign. Only a few records differ, and
   * those say in their notes when they had to be guessed.
   */
  readonly generation?: 'auto' | JsonGeneration;
  /** The version as bpftrace prints it (`bpftrace v0.23.2`, `0.17.0`), instead of `generation`. */
  readonly version?: string;
  /** Longest line, 16 MiB by default; a map of 100,000 keys is about 3 MiB. */
  readonly maxLineBytes?: number;
  /** Most that is held between calls of `feed`, 32 MiB by default. */
  readonly maxBufferBytes?: number;
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
