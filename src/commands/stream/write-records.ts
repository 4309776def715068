import type { CaptureWriter, Redactor } from '../../capture/index.js';
import type { StreamRecord } from '../../records/index.js';

/** Takes records for a capture until the end of their stream. */
export interface RecordSink {
  take(record: StreamRecord): void;
  /** Ends the capture when a source does not end the stream in time. */
  end(reason: string): void;
}

/** Writes records to `writer`, without names and addresses if a redactor is given. */
export function writeRecords(writer: CaptureWriter, redactor: Redactor | null): RecordSink {
  let elapsedMs = 0;
  let hasEnded = false;
  function take(record: StreamRecord): void {
    if (hasEnded) return;
    ({ elapsedMs } = record);
    hasEnded = record.type === 'end';
    const redacted = redactor === null ? record : redactor.record(record);
    if (redacted !== null) writer.write(redacted);
  }
  return { take, end: (reason) => take({ type: 'end', elapsedMs, reason }) };
}
