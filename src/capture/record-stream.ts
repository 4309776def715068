import type { ElapsedMs, StreamRecord } from '../records/index.js';
import { safeJson } from '../safe-text.js';
import { createCompactor } from './compact.js';
import type { Sink } from './sink.js';

/** How often data are synced to the disk. */
const SYNC_MS = 3000;
/** Most bytes that wait for a slow disk or pipe; beyond it records are dropped and counted. Tracing never waits. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;

/** Writes records as the lines of a capture, to one sink or to several in turn. */
export interface RecordStream {
  write(record: StreamRecord): void;
  /** Continues in another sink, which can be read without the earlier ones. */
  continueIn(sink: Sink, elapsedMs: ElapsedMs): void;
  readonly recordsWritten: number;
  readonly recordsDropped: number;
}

/** Starts in `first`, which has the header of the capture already, as all sinks do. */
export function createSinkStream(first: Sink): RecordStream {
  const compactor = createCompactor();
  let sink = first;
  let recordsWritten = 0;
  let recordsDropped = 0;
  let lastSyncMs = 0;
  let flushedMs: ElapsedMs = 0;
  /** Records were dropped, and what stands has not been written since. */
  let isBehind = false;
  let dropping: { fromMs: ElapsedMs; records: number } | null = null;

  const writeLine = (record: StreamRecord): void => {
    // Captures are piped and read with zcat: no control or bidirectional character of a name reaches a terminal raw.
    sink.write(`${safeJson(JSON.stringify(record))}\n`);
    recordsWritten += 1;
  };

  return {
    get recordsWritten() {
      return recordsWritten;
    },
    get recordsDropped() {
      return recordsDropped;
    },
    write(record) {
      const { elapsedMs } = record;
      const failed = sink.failure !== null;
      if (failed || (sink.pendingBytes > MAX_PENDING_BYTES && isRepeated(record))) {
        // What a failed sink still held is lost with it; lists and values are written whole when there is room again.
        dropping ??= { fromMs: failed ? flushedMs : elapsedMs, records: 0 };
        dropping.records += 1;
        recordsDropped += 1;
        compactor.compact(record);
        isBehind = true;
        return;
      }
      if (dropping !== null) {
        writeLine({ type: 'dropped', elapsedMs, ...dropping });
        dropping = null;
      }
      if (isBehind && sink.pendingBytes <= MAX_PENDING_BYTES) {
        isBehind = false;
        // What stood before is unknown to a reader from here on.
        for (const standing of compactor.restart(elapsedMs)) writeLine(standing);
      }
      const compacted = compactor.compact(record);
      if (compacted !== null) writeLine(compacted);
      if (record.type !== 'tick' && record.type !== 'end') return;
      sink.flush();
      flushedMs = elapsedMs;
      if (elapsedMs - lastSyncMs < SYNC_MS) return;
      lastSyncMs = elapsedMs;
      sink.sync();
    },
    continueIn(next, elapsedMs) {
      sink = next;
      isBehind = false;
      for (const record of compactor.restart(elapsedMs)) writeLine(record);
    },
  };
}

/** Whether a later record replaces it. The other types are few and must not be lost. */
function isRepeated(record: StreamRecord): boolean {
  return !['end', 'gap', 'netns', 'mark'].includes(record.type);
}
