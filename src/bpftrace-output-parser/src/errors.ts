/**
 * Why a line could not be read.
 * - `bad-json`: it starts as a record but is no JSON, and no known defect of a version explains it.
 * - `bad-record`: it is JSON, but a record type that is known has another shape than any version's.
 * - `truncated`: the stream ended inside a record.
 * - `line-too-long`: it passed `maxLineBytes`; the rest of it was skipped.
 * - `buffer-full`: a block of text output passed `maxBufferBytes`; what was held of it was dropped.
 * - `too-deep`: values nested deeper than any program can print (64 levels).
 */
export type BpftraceParseErrorCode =
  'bad-json' | 'bad-record' | 'truncated' | 'line-too-long' | 'buffer-full' | 'too-deep';

/** One line that could not be read; the lines around it are unaffected. */
export class BpftraceParseError extends Error {
  override readonly name = 'BpftraceParseError';
  readonly code: BpftraceParseErrorCode;
  /** The offending text from its first wrong byte or the start of the line, at most 120 characters. */
  readonly text: string;
  /** Line of the stream, from 1. */
  readonly line: number;
  /** Byte of the stream, from 0, where reading failed. */
  readonly offset: number;

  constructor(
    code: BpftraceParseErrorCode,
    message: string,
    at: { text: string; line: number; offset: number },
  ) {
    super(`${message} (line ${at.line}, byte ${at.offset})`);
    this.code = code;
    this.text = at.text;
    this.line = at.line;
    this.offset = at.offset;
  }
}
