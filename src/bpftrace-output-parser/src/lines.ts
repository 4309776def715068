import { BpftraceParseError } from './errors.js';
import { hasUnsignedAverages } from './generation.js';
import { createEscapeFinder, type EscapeFinder } from './json/escapes.js';
import { isCutOpening, opensRecord, readRecord, readRecordLine } from './json/record.js';
import { A, createScan, createFault, notesOf, type Scan } from './json/scan.js';
import { decode, startsWith } from './json/strings.js';
import type { ParserOptions } from './options.js';
import type { BpftraceRecord } from './records.js';
import { createTextReader, looksLikeText } from './text/reader.js';

/** Takes the lines of one stream, and finds out which format they are of. */
export interface LineReader {
  /**
   * Reads the line at `start` if it is a record and nothing else, and at most `maxBytes` long; all before
   * `limit` are complete lines. It leaves the reporting to the caller, and the line to `take` if undefined.
   */
  readWhole(bytes: Uint8Array, start: number, limit: number, maxBytes: number): BpftraceRecord | undefined;
  /** Where the newline of the line that `readWhole` read stands. */
  lineEnd(): number;
  /** Takes the line `bytes[start..end)`, without its newline. */
  take(bytes: Uint8Array, start: number, end: number, line: number, offset: number): void;
  /** Reports a line, or what was held of it, that could not be taken. */
  refuse(bytes: Uint8Array, start: number, end: number, line: number, offset: number): void;
  /** Looks at bytes of that line, held or skipped. */
  skip(bytes: Uint8Array, from: number, to: number): void;
  /** A chunk was lost in part because a callback threw. */
  lost(bytes: Uint8Array): void;
  /** Drops the block of text that is held, to make room for the line that is coming. */
  dropBlock(bytes: Uint8Array, start: number, end: number, line: number, offset: number): void;
  /** The last line is complete. */
  finish(): void;
  /** Takes a last line that the stream ended without a newline. */
  takeLast(bytes: Uint8Array, start: number, end: number, line: number, offset: number): void;
  heldBytes(): number;
}

const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

type Format = 'auto' | 'json' | 'text';

// eslint-disable-next-line max-lines-per-function -- one closure over the buffer: its steps share state that must not be copied a line
export function createLineReader(
  options: ParserOptions,
  generations: number,
  maxBufferBytes: number,
): LineReader {
  const { onRecord, onError } = options;
  const scan: Scan = createScan(generations, hasUnsignedAverages(options.version));
  const text = createTextReader(onRecord, (generations & A) !== 0);
  let format: Format = options.format ?? 'auto';
  /** Blank lines seen before any other: they are text's, and JSON's only up to 0.23 at the exit. */
  let blanks = 0;
  /** Looks through the line that is being skipped. */
  let skipped: EscapeFinder | undefined;
  /** The current line is the last, and has no newline. */
  let last = false;

  function setCursor(bytes: Uint8Array, start: number, end: number, line: number, offset: number): void {
    scan.bytes = bytes;
    // The buffer of held lines is used again and again; what was decoded of it is of an older line.
    scan.textFrom = scan.textTo = 0;
    scan.start = scan.at = start;
    scan.end = end;
    scan.line = line;
    scan.lineOffset = offset;
  }

  function take(bytes: Uint8Array, from: number, to: number, line: number, offset: number): void {
    const start =
      offset === 0 && startsWith(bytes, from, BYTE_ORDER_MARK) ? from + BYTE_ORDER_MARK.length : from;
    // A terminal puts a carriage return before each newline.
    const end = !last && to > start && bytes[to - 1] === 13 ? to - 1 : to;
    setCursor(bytes, start, end, line, offset + start - from);
    if (format === 'text' && !turnsToJson()) takeText();
    else if (opensRecord(bytes, start, end)) takeRecords();
    else if (last && isCutOpening(bytes, start, end)) takeCut();
    else if (end > start || text.inDiagnostic()) takeOther();
    else if (format === 'auto') blanks++;
  }

  /**
   * Whether the line shows that the output was JSON after all: it is one record, whole. Before it a warning may
   * have quoted a line of the program, or a child may have printed what looks like a map.
   */
  function turnsToJson(): boolean {
    if (options.format === 'text' || !opensRecord(scan.bytes, scan.start, scan.end)) return false;
    const { generations: before, escapeSeen } = scan;
    let whole = false;
    try {
      readRecord(scan);
      skipSpace();
      whole = scan.at >= scan.end;
    } catch (error) {
      if (!(error instanceof BpftraceParseError)) throw error;
    }
    scan.at = scan.start;
    scan.generations = before;
    scan.escapeSeen = escapeSeen;
    return whole;
  }

  /** What was held as text, waiting for more, was none. */
  function turnToJson(): void {
    format = 'json';
    text.finish('noise');
  }

  /** Reads the record at the cursor and whatever else the line holds. */
  function takeRecords(): void {
    let { escapeSeen } = scan;
    try {
      do {
        escapeSeen = scan.escapeSeen;
        const record = readRecord(scan);
        if (format !== 'json') turnToJson();
        onRecord(record);
        skipSpace();
      } while (opensRecord(scan.bytes, scan.at, scan.end));
    } catch (error) {
      if (!(error instanceof BpftraceParseError)) throw error;
      scan.escapeSeen = escapeSeen;
      scan.escapeMissed ||= createEscapeFinder().look(scan.bytes, scan.start, scan.end);
      const cut = last && error.code === 'bad-json' && scan.at >= scan.end;
      onError(cut ? createFault(scan, 'truncated', 'the stream ended inside a record') : error);
      return;
    }
    if (scan.at < scan.end) takeNoise(scan.at, scan.end);
  }

  function skipSpace(): void {
    while (scan.at < scan.end && (scan.bytes[scan.at] === 32 || scan.bytes[scan.at] === 13)) scan.at++;
  }

  /** A line that is no record, or that has one behind something a child of bpftrace left without a newline. */
  function takeOther(): void {
    const inside = findRecord();
    if (inside >= 0) {
      if (format !== 'json') text.finish('noise');
      takeNoise(scan.start, inside);
      scan.at = inside;
      takeRecords();
    } else if (format === 'json') takeNoise(scan.start, scan.end);
    else takeUndecided();
  }

  function findRecord(): number {
    const { bytes, end } = scan;
    for (let at = bytes.indexOf(123, scan.start); at >= 0 && at < end; at = bytes.indexOf(123, at + 1)) {
      if (opensRecord(bytes, at, end)) return at;
    }
    return -1;
  }

  function takeCut(): void {
    scan.at = scan.end;
    onError(createFault(scan, 'truncated', 'the stream ended inside a record'));
  }

  function takeUndecided(): void {
    const line = decodeLine(scan.start, scan.end);
    const { notes } = scan;
    if (!text.inDiagnostic() && looksLikeText(line)) format = 'text';
    for (; blanks > 0; blanks--) text.take('', 0);
    takeTextLine(line, notes);
  }

  function takeText(): void {
    const line = decodeLine(scan.start, scan.end);
    takeTextLine(line, scan.notes);
  }

  function takeTextLine(line: string, notes: number): void {
    text.take(line, notes);
    if (text.heldBytes() > maxBufferBytes) dropText();
  }

  function dropText(): void {
    text.dropText();
    onError(createFault(scan, 'buffer-full', `a block of more than ${maxBufferBytes} bytes`));
  }

  function takeNoise(start: number, end: number): void {
    onRecord({ type: 'noise', text: decodeLine(start, end), notes: notesOf(scan.notes) });
  }

  function decodeLine(start: number, end: number): string {
    scan.notes = 0;
    return decode(scan, scan.bytes.subarray(start, end));
  }

  return {
    readWhole(bytes, start, limit, maxBytes) {
      if (format !== 'json' || !opensRecord(bytes, start, limit)) return undefined;
      if (scan.bytes !== bytes) scan.textFrom = scan.textTo = 0;
      scan.bytes = bytes;
      scan.at = scan.start = start;
      const { generations: before, escapeSeen } = scan;
      const record = readRecordLine(scan, limit);
      if (record !== undefined && scan.at - start <= maxBytes) {
        return record;
      }
      scan.generations = before;
      scan.escapeSeen = escapeSeen;
      return undefined;
    },
    lineEnd: () => scan.at,
    take,
    takeLast(bytes, start, end, line, offset) {
      last = true;
      take(bytes, start, end, line, offset);
      last = false;
    },
    refuse(bytes, start, end, line, offset) {
      setCursor(bytes, start, end, line, offset);
      // A line too short to tell may be a record; a longer one that is none cannot change the counts.
      const record = opensRecord(bytes, start, end) || isCutOpening(bytes, start, end);
      skipped = record && format !== 'text' ? createEscapeFinder() : undefined;
      onError(createFault(scan, 'line-too-long', 'a line longer than the limit'));
    },
    skip(bytes, from, to) {
      scan.escapeMissed ||= skipped?.look(bytes, from, to) ?? false;
    },
    lost(bytes) {
      text.dropText();
      skipped = createEscapeFinder();
      scan.escapeMissed ||= skipped.look(bytes, 0, bytes.length);
    },
    dropBlock(bytes, start, end, line, offset) {
      setCursor(bytes, start, end, line, offset);
      dropText();
    },
    finish: () => text.finish('text'),
    heldBytes: () => text.heldBytes(),
  };
}
