import type { StreamHeader, StreamRecord } from '../records/index.js';
import { createRecordStream } from './record-stream.js';
import { openSink } from './sink.js';

/** A recording in progress. */
export interface CaptureWriter {
  /** Queues one record; everything up to a tick is flushed with it. Never throws, never waits. */
  write(record: StreamRecord): void;
  /** Ends the file in good order, once. Rejects with {@link CaptureError} when something could not be written. */
  close(): Promise<void>;
  /** Rejects as soon as writing fails; never resolves. */
  readonly failed: Promise<never>;
  /** Resolves when the file has reached its greatest size. */
  readonly full: Promise<void>;
  readonly recordsWritten: number;
  /** What waits in memory for the disk or the reader. */
  readonly pendingBytes: number;
  /** Records left out because the disk or the reader was slow; the capture itself tells of them too. */
  readonly recordsDropped: number;
}

/**
 * Creates a capture: newline-delimited JSON, gzip when the name ends in `.gz`, `-` for standard output.
 * The file is made with mode 0600 and never replaces another unless `force`.
 * `full` resolves when it holds `maxBytes`; `null` is no bound.
 */
export function openCaptureWriter(
  path: string,
  header: StreamHeader,
  force: boolean,
  maxBytes: number | null = null,
): CaptureWriter {
  const sink = openSink(path, force);
  const stream = createRecordStream(header, sink);
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
