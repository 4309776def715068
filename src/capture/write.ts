import type { StreamHeader, StreamRecord } from '../records/index.js';
import { encodeCaptureHeader } from './format.js';
import { createSinkStream } from './record-stream.js';
import { openSink } from './sink.js';

/** A recording in progress. */
export interface CaptureWriter {
  /** Queues one record; a tick flushes everything before it. Never throws, never waits. */
  write(record: StreamRecord): void;
  /** Ends the file; later calls return the same promise. Rejects with {@link CaptureError} when writing failed. */
  close(): Promise<void>;
  /** Rejects as soon as writing fails; never resolves. */
  readonly failed: Promise<never>;
  /** Resolves when the file has reached its maximum size. */
  readonly full: Promise<void>;
  readonly recordsWritten: number;
  /** Bytes that wait in memory for the disk or the reader. */
  readonly pendingBytes: number;
  /** Records left out because the disk or the reader was slow; the capture has a `dropped` record for them. */
  readonly recordsDropped: number;
}

/**
 * Creates a capture: newline-delimited JSON, gzip when the name ends in `.gz`, `-` for standard output.
 * The file has mode 0600 and replaces an existing one only with `force`.
 * `full` resolves when the file reaches `maxBytes`; `null` for no limit.
 */
export function openCaptureWriter(
  path: string,
  header: StreamHeader,
  force: boolean,
  maxBytes: number | null = null,
): CaptureWriter {
  const sink = openSink(path, force, `${encodeCaptureHeader(header)}\n`);
  const stream = createSinkStream(sink);
  let announceFull: () => void = () => undefined;
  const full = new Promise<void>((resolve) => (announceFull = resolve));
  let closing: Promise<void> | null = null;
  const finish = async (): Promise<void> => {
    await sink.close();
    if (sink.failure !== null) throw sink.failure;
  };
  return {
    failed: sink.failed,
    full,
    get recordsWritten() {
      return stream.recordsWritten;
    },
    get recordsDropped() {
      return stream.recordsDropped;
    },
    get pendingBytes() {
      return sink.pendingBytes;
    },
    write(record) {
      stream.write(record);
      if (maxBytes !== null && sink.writtenBytes + sink.pendingBytes >= maxBytes) announceFull();
    },
    close() {
      closing ??= finish();
      return closing;
    },
  };
}
