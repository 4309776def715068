import { createChunkReader, type BpftraceChunk } from './chunks.js';
import { generationOf } from './generation.js';
import { GENERATION_BITS } from './json/scan.js';
import { createLineReader, type LineReader } from './lines.js';
import {
  checkOptions,
  DEFAULT_MAX_BUFFER_BYTES,
  DEFAULT_MAX_LINE_BYTES,
  type BpftraceParser,
  type ParserOptions,
  type ParserSettings,
} from './options.js';

const NEWLINE = 10;
const EMPTY = new Uint8Array(0);
/** Of a line that is too long, what is kept for the error's text. */
const KEPT_OF_LONG_LINE = 120;

/**
 * Makes a parser of what bpftrace writes to stdout, of any version from 0.9.2 to 0.27, JSON (`-f json`) or
 * text. It is synchronous: every record whose line is complete is reported before `feed` returns.
 *
 * In a callback `reset` may be called, and drops the rest of the chunk; `feed` and `end` may not, and throw. If a
 * callback throws, `feed` throws the same, and the rest of that chunk is lost, with the line that it ends in:
 * the next call of `feed` goes on at the next line.
 *
 * @example
 * const parser = createParser({
 *   onRecord: (record) => { if (record.type === 'map') console.log(record.name, record.entries); },
 *   onError: (error) => console.error(error.code, error.text),
 * });
 * bpftrace.stdout.on('data', (chunk) => parser.feed(chunk));
 */
// eslint-disable-next-line max-lines-per-function -- one closure over the state of a stream, whose steps call one another a line
export function createParser(options: ParserOptions): BpftraceParser {
  checkOptions(options);
  const {
    onRecord,
    onError,
    maxLineBytes = DEFAULT_MAX_LINE_BYTES,
    maxBufferBytes = DEFAULT_MAX_BUFFER_BYTES,
  } = options;
  const longest = Math.min(maxLineBytes, maxBufferBytes);
  const generations = generationBits(options);
  const chunks = createChunkReader();
  let held = EMPTY;
  let heldSize = 0;
  /** The rest of a line that was too long is skipped. */
  let skipping = false;
  let line = 1;
  /** Where in the stream the line that is being held or read began. */
  let offset = 0;

  /** Counts the streams, so that reading stops when a callback has begun another. */
  let stream = 0;
  let busy = false;
  let reader = newReader();

  /** A reader that falls silent when a callback begins another stream. */
  function newReader(): LineReader {
    const ownStream = stream;
    const silenced: ParserOptions = {
      ...options,
      onRecord: (record) => {
        if (stream === ownStream) onRecord(record);
      },
      onError: (error) => {
        if (stream === ownStream) onError(error);
      },
    };
    return createLineReader(silenced, generations, maxBufferBytes);
  }

  function feed(chunk: BpftraceChunk): void {
    enterCall('feed');
    const began = stream;
    const beganLine = line;
    const beganAt = skipping ? offset : offset + heldSize;
    let bytes: Uint8Array = EMPTY;
    let done = false;
    try {
      bytes = chunks.bytesOf(chunk);
      read(bytes);
      done = true;
    } finally {
      busy = false;
      if (!done && stream === began) loseChunk(bytes, beganLine, beganAt);
    }
  }

  function enterCall(name: 'end' | 'feed'): void {
    if (busy) throw new Error(`${name}() was called inside a callback of the same parser`);
    busy = true;
  }

  /** A callback threw: the rest of the chunk is lost, and of the line that it ends in. */
  function loseChunk(bytes: Uint8Array, beganLine: number, beganAt: number): void {
    if (bytes.length === 0) return;
    releaseHeld();
    reader.lost(bytes);
    line = beganLine;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) line++;
    offset = beganAt + bytes.length;
    skipping = bytes[bytes.length - 1] !== NEWLINE;
  }

  function read(bytes: Uint8Array): void {
    const began = stream;
    const completeTo = bytes.lastIndexOf(NEWLINE) + 1;
    let at = 0;
    while (at < bytes.length) {
      if (heldSize === 0 && at < completeTo && !skipping) {
        const record = reader.readWhole(bytes, at, completeTo, longest);
        if (record !== undefined) {
          const next = reader.lineEnd() + 1;
          offset += next - at;
          line++;
          at = next;
          onRecord(record);
          if (stream !== began) return;
          continue;
        }
      }
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline;
      if (skipping) {
        reader.skip(bytes, at, end);
        offset += end - at;
      } else takePart(bytes, at, end, newline >= 0);
      if (newline < 0 || stream !== began) return;
      skipping = false;
      offset++;
      line++;
      at = newline + 1;
    }
  }

  /** Takes `bytes[from..to)` of a line, all that the chunk has of it; `complete` if its newline follows. */
  function takePart(bytes: Uint8Array, from: number, to: number, complete: boolean): void {
    const size = heldSize + (to - from);
    if (size > longest) {
      // Always as much of it, however it came in pieces.
      const retained = Math.min(longest, KEPT_OF_LONG_LINE);
      const heldBefore = heldSize;
      if (heldSize < retained) holdPart(bytes.subarray(from, from + retained - heldSize));
      const began = stream;
      reader.refuse(held, 0, retained, line, offset);
      if (stream !== began) return;
      reader.skip(held, 0, heldBefore);
      reader.skip(bytes, from, to);
      releaseHeld();
      skipping = true;
      offset += size;
      return;
    }
    if (size + reader.heldBytes() > maxBufferBytes) {
      const began = stream;
      reader.dropBlock(bytes, from, to, line, offset);
      if (stream !== began) return;
    }
    if (!complete) holdPart(bytes.subarray(from, to));
    else {
      const whole = heldSize === 0;
      if (!whole) {
        holdPart(bytes.subarray(from, to));
        terminateHeld();
      }
      const began = offset;
      offset += size;
      heldSize = 0;
      if (whole) reader.take(bytes, from, to, line, began);
      else reader.take(held, 0, size, line, began);
    }
  }

  function holdPart(part: Uint8Array): void {
    // One byte more, for the newline that `seal` puts behind the line.
    if (heldSize + part.length >= held.length) {
      const grown = new Uint8Array(Math.max(heldSize + part.length + 1, held.length * 2, 1024));
      grown.set(held.subarray(0, heldSize));
      held = grown;
    }
    held.set(part, heldSize);
    heldSize += part.length;
  }

  /** Ends the held line: reading stops at a newline, and behind it stands what an older line left. */
  function terminateHeld(): void {
    held[heldSize] = NEWLINE;
  }

  function releaseHeld(): void {
    held = EMPTY;
    heldSize = 0;
  }

  function end(): void {
    enterCall('end');
    const began = stream;
    try {
      const rest = chunks.rest();
      if (rest.length > 0) read(rest);
      if (stream === began) endLine();
      if (stream === began) reader.finish();
    } finally {
      busy = false;
      if (stream === began) reset();
    }
  }

  /** Reads a last line without its newline. */
  function endLine(): void {
    const size = heldSize;
    if (size === 0) return;
    terminateHeld();
    heldSize = 0;
    reader.takeLast(held, 0, size, line, offset);
  }

  function reset(): void {
    stream++;
    reader = newReader();
    chunks.reset();
    releaseHeld();
    skipping = false;
    line = 1;
    offset = 0;
  }

  return { feed, end, reset };
}

function generationBits({ generation = 'auto', version }: ParserSettings): number {
  const known = generation === 'auto' ? generationOf(version ?? '') : generation;
  return known === undefined
    ? GENERATION_BITS.A | GENERATION_BITS.B | GENERATION_BITS.C
    : GENERATION_BITS[known];
}
