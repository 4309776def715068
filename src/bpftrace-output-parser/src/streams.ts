import type { BpftraceChunk } from './chunks.js';
import type { BpftraceParseError } from './errors.js';
import type { ParserSettings } from './options.js';
import { createParser } from './parser.js';
import type { BpftraceRecord } from './records.js';

/** A line that could not be read, where a stream or an iterator reports it among the records. */
export interface ErrorRecord {
  readonly type: 'error';
  readonly error: BpftraceParseError;
}

/** What a stream or an iterator gives: every record, and every line that could not be read. */
export type BpftraceStreamItem = BpftraceRecord | ErrorRecord;

declare global {
  // Merges with the platform's own, of the DOM or of @types/node; for a program that has neither it is all there is.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-explicit-any, @typescript-eslint/no-unused-vars
  interface TransformStream<I = any, O = any> {}
}

/** A Web `TransformStream`, and no less where the types of the platform are not loaded. */
export type BpftraceRecordStream = TransformStream<BpftraceChunk, BpftraceStreamItem> & {
  readonly readable: object;
  readonly writable: object;
};

/**
 * The parser as a Web `TransformStream`: chunks of stdout in, records out. A bad line is an item of type `error`
 * and does not break the stream.
 *
 * @example
 * const records = Readable.toWeb(bpftrace.stdout).pipeThrough(createRecordStream());
 * for await (const record of records) console.log(record.type);
 */
export function createRecordStream(settings: ParserSettings = {}): BpftraceRecordStream {
  let put: (item: BpftraceStreamItem) => void;
  const parser = createParser({
    ...settings,
    onRecord: (record) => put(record),
    onError: (error) => put({ type: 'error', error }),
  });
  return new TransformStream<BpftraceChunk, BpftraceStreamItem>({
    transform(chunk, controller) {
      put = (item) => controller.enqueue(item);
      parser.feed(chunk);
    },
    flush(controller) {
      put = (item) => controller.enqueue(item);
      parser.end();
    },
  });
}

/**
 * The parser as an async iterator over any source of chunks: a Node stream, a Web `ReadableStream`, an array.
 * The source is read only as fast as the records are taken. Leaving the loop early closes the source, as `for await`
 * does: a Node stream is destroyed, a `ReadableStream` cancelled, and bpftrace ends at its next write. Records of
 * the current chunk that were not taken are lost.
 *
 * @example
 * for await (const record of parseRecords(bpftrace.stdout)) console.log(record.type);
 */
export async function* parseRecords(
  source: AsyncIterable<BpftraceChunk> | Iterable<BpftraceChunk>,
  settings: ParserSettings = {},
): AsyncGenerator<BpftraceStreamItem, void, undefined> {
  let items: BpftraceStreamItem[] = [];
  const parser = createParser({
    ...settings,
    onRecord: (record) => items.push(record),
    onError: (error) => items.push({ type: 'error', error }),
  });
  for await (const chunk of source) {
    parser.feed(chunk);
    const ready = items;
    items = [];
    yield* ready;
  }
  parser.end();
  yield* items;
}
