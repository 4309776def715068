import { BpftraceParseError } from './errors.js';
import { generationOf } from './generation.js';
import { GENERATION_BITS, createScan, fault, type Scan } from './json/scan.js';
import { opensRecord, readRecord } from './json/record.js';
import {
  DEFAULT_MAX_LINE_BYTES,
  type BpftraceParser,
  type ParserOptions,
  type ParserSettings,
} from './options.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const NEWLINE = 10;
const EMPTY = new Uint8Array(0);

/**
 * Makes a parser of what bpftrace writes to stdout, of any version from 0.9.2 to 0.27, JSON (`-f json`) or
 * text. It is synchronous: every record whose line is complete is reported before `feed` returns.
 *
 * @example
 * const parser = createParser({
 *   onRecord: (record) => { if (record.type === 'map') console.log(record.name, record.entries); },
 *   onError: (error) => console.error(error.code, error.text),
 * });
 * process.stdout.on('data', (chunk) => parser.feed(chunk));
 */
export function createParser(options: ParserOptions): BpftraceParser {
  const { onRecord, onError, maxLineBytes = DEFAULT_MAX_LINE_BYTES } = options;
  const generations = generationBits(options);
  let scan: Scan = createScan(generations);
  let held: Uint8Array = EMPTY;
  let heldSize = 0;
  let skipping = false;
  let streamOffset = 0;
  let lineNumber = 1;

  function takeLine(bytes: Uint8Array, start: number, end: number): void {
    scan.bytes = bytes;
    scan.start = scan.at = start;
    scan.end = end;
    scan.line = lineNumber;
    scan.lineOffset = streamOffset;
    try {
      if (opensRecord(bytes, start, end)) onRecord(readRecord(scan));
      else if (end > start)
        onRecord({ type: 'noise', text: decoder.decode(bytes.subarray(start, end)), notes: [] });
    } catch (error) {
      if (!(error instanceof BpftraceParseError)) throw error;
      onError(error);
    }
  }

  function tooLong(bytes: Uint8Array, start: number, end: number): void {
    scan.bytes = bytes;
    scan.start = scan.at = start;
    scan.end = end;
    scan.line = lineNumber;
    scan.lineOffset = streamOffset;
    onError(fault(scan, 'line-too-long', `a line of more than ${maxLineBytes} bytes`));
  }

  function hold(bytes: Uint8Array): void {
    if (heldSize + bytes.length > held.length) {
      const grown = new Uint8Array(Math.max(heldSize + bytes.length, held.length * 2, 4096));
      grown.set(held.subarray(0, heldSize));
      held = grown;
    }
    held.set(bytes, heldSize);
    heldSize += bytes.length;
  }

  function feed(chunk: Uint8Array | string): void {
    const bytes = typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
    let at = 0;
    while (at < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline;
      if (skipping) {
        streamOffset += end - at;
        if (newline < 0) return;
        skipping = false;
      } else if (heldSize + (end - at) > maxLineBytes) {
        hold(bytes.subarray(at, Math.min(end, at + 200)));
        tooLong(held, 0, heldSize);
        streamOffset += heldSize + (end - at);
        heldSize = 0;
        if (newline < 0) {
          skipping = true;
          return;
        }
      } else if (newline < 0) {
        hold(bytes.subarray(at));
        return;
      } else if (heldSize > 0) {
        hold(bytes.subarray(at, end));
        const size = heldSize;
        heldSize = 0;
        takeLine(held, 0, size);
        streamOffset += size;
      } else {
        takeLine(bytes, at, end);
        streamOffset += end - at;
      }
      streamOffset++;
      lineNumber++;
      at = newline + 1;
    }
  }

  function reset(): void {
    scan = createScan(generations);
    held = EMPTY;
    heldSize = 0;
    skipping = false;
    streamOffset = 0;
    lineNumber = 1;
  }

  function end(): void {
    const size = heldSize;
    heldSize = 0;
    if (size > 0) takeLine(held, 0, size);
    reset();
  }

  return { feed, end, reset };
}

function generationBits({ generation = 'auto', version }: ParserSettings): number {
  const known = generation === 'auto' ? version && generationOf(version) : generation;
  return known ? GENERATION_BITS[known] : GENERATION_BITS.A | GENERATION_BITS.B | GENERATION_BITS.C;
}
