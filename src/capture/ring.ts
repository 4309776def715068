import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ElapsedMs, StreamHeader, StreamRecord } from '../records/index.js';
import { CaptureError, errnoOf } from './error.js';
import { createRecordStream } from './record-stream.js';
import { lockRing } from './ring-lock.js';
import { shardName, shardsOf } from './ring-shards.js';
import { openSink, reasonOf } from './sink.js';
import type { Sink } from './sink.js';
import type { CaptureWriter } from './write.js';

/** Shards a ring is divided into: what is dropped at once is this part of it. */
const SHARDS = 16;
/** A shard is ended after this time too, so that the last minutes can be read without days before them. */
const SHARD_MS = 3_600_000;

/**
 * Records to shards in `dir`, which is made when it is missing; the oldest shards are dropped whole, so that all of
 * them stay within `maxBytes`. Goes on behind what an earlier recorder left. Throws {@link CaptureError} when
 * another recorder has the directory.
 */
export function openRing(dir: string, header: StreamHeader, maxBytes: number): CaptureWriter {
  const shardBytes = Math.floor(maxBytes / SHARDS);
  makeDirectory(dir);
  const lock = lockRing(dir);
  let rejectFailed: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (rejectFailed = reject));
  failed.catch(() => undefined);
  let failure: CaptureError | null = null;
  let number = shardsOf(dir).at(-1)?.number ?? 0;
  let beganMs: ElapsedMs = 0;
  let closing: Promise<void> = Promise.resolve();

  const watch = (sink: Sink): void =>
    void sink.failed.catch((error: unknown) => {
      failure ??= error as CaptureError;
      rejectFailed(error);
    });
  const nextShard = (elapsedMs: ElapsedMs): Sink => {
    // Room for this shard, and as much again for what it may overshoot.
    dropOldest(dir, maxBytes - 2 * shardBytes);
    number += 1;
    beganMs = elapsedMs;
    const next = openSink(join(dir, shardName(number, header.startedAtMs + elapsedMs)), false);
    watch(next);
    return next;
  };

  let sink: Sink;
  try {
    sink = nextShard(0);
  } catch (error) {
    lock.release();
    throw error;
  }
  const stream = createRecordStream(header, sink);

  function rotate(elapsedMs: ElapsedMs): void {
    const ended = sink;
    try {
      sink = nextShard(elapsedMs);
    } catch (error) {
      failure ??= error as CaptureError;
      rejectFailed(error);
      return;
    }
    stream.continueIn(sink, elapsedMs);
    closing = closing.then(() => ended.close());
  }

  return {
    failed,
    full: new Promise(() => undefined),
    get recordsWritten() {
      return stream.recordsWritten;
    },
    get recordsDropped() {
      return stream.recordsDropped;
    },
    get pendingBytes() {
      return sink.pendingBytes;
    },
    write(record: StreamRecord) {
      if (failure !== null) return;
      stream.write(record);
      if (record.type !== 'tick') return;
      if (sink.writtenBytes >= shardBytes || record.elapsedMs - beganMs >= SHARD_MS) rotate(record.elapsedMs);
    },
    async close() {
      await closing;
      await sink.close();
      lock.release();
      const failedWith = failure ?? sink.failure;
      if (failedWith !== null) throw failedWith;
    },
  };
}

function makeDirectory(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = errnoOf(error) === 'EEXIST' ? 'it is no directory' : reasonOf(errnoOf(error));
    throw new CaptureError('cannot-create', `${dir} cannot be made: ${why}.`, { cause: error });
  }
}

function dropOldest(dir: string, roomBytes: number): void {
  const shards = shardsOf(dir);
  let heldBytes = shards.reduce((sum, shard) => sum + shard.sizeBytes, 0);
  for (const shard of shards) {
    if (heldBytes <= roomBytes) return;
    rmSync(shard.path, { force: true });
    heldBytes -= shard.sizeBytes;
  }
}
