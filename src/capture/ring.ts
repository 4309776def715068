import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ElapsedMs, StreamHeader, StreamRecord } from '../records/index.js';
import { errnoOf } from '../errno.js';
import { createFolder } from './create-folder.js';
import { CaptureError } from './error.js';
import { encodeCaptureHeader } from './format.js';
import { createSinkStream } from './record-stream.js';
import { acquireRingLock } from './ring-lock.js';
import { listShards, removeEmptyShards, shardName } from './ring-shards.js';
import { openSink } from './sink.js';
import type { Sink } from './sink.js';
import type { CaptureWriter } from './write.js';

/** A ring is divided into this many shards; the oldest is deleted whole. */
const SHARDS = 16;
/** A shard also ends after this time, so that the last minutes can be read without reading days. */
const SHARD_MS = 3_600_000;

/**
 * Records to shards in `dir`, which is created when missing; the oldest shards are deleted whole to keep the total
 * within `maxBytes`. Continues after what an earlier recorder left. Throws {@link CaptureError} when another
 * recorder uses the directory.
 */
export function openRing(dir: string, header: StreamHeader, maxBytes: number): CaptureWriter {
  const shardBytes = Math.floor(maxBytes / SHARDS);
  createFolder(dir);
  const lock = acquireRingLock(dir);
  const begin = `${encodeCaptureHeader(header)}\n`;
  let rejectFailed: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (rejectFailed = reject));
  failed.catch(() => undefined);
  let failure: CaptureError | null = null;
  let number = listShards(dir).at(-1)?.number ?? 0;
  let beganMs: ElapsedMs = 0;
  let lastMs: ElapsedMs = 0;
  let path = '';
  let ticksInShard = 0;
  let closing: Promise<void> = Promise.resolve();

  function fail(error: unknown): void {
    failure ??= error as CaptureError;
    rejectFailed(error);
  }

  function watchFailure(opened: Sink): void {
    opened.failed.catch((error: unknown) => {
      // The flight recorder goes on without its oldest minutes rather than without the next.
      if (failure !== null || !isDiskFull(error) || !dropOldestShard(dir, path)) fail(error);
      else if (opened === sink) rotate(lastMs);
    });
  }

  function openNextShard(elapsedMs: ElapsedMs): Sink {
    // Room for this shard, and the same again in case it exceeds its share.
    dropOldest(dir, maxBytes - 2 * shardBytes);
    number += 1;
    beganMs = elapsedMs;
    const next = join(dir, shardName(number, header.startedAtMs + elapsedMs));
    for (;;) {
      try {
        const opened = openSink(next, false, begin);
        path = next;
        ticksInShard = 0;
        watchFailure(opened);
        return opened;
      } catch (error) {
        if (!isDiskFull(error) || !dropOldestShard(dir, path)) throw error;
      }
    }
  }

  let sink: Sink;
  try {
    removeEmptyShards(dir);
    sink = openNextShard(0);
  } catch (error) {
    lock.release();
    throw error;
  }
  const stream = createSinkStream(sink);

  function rotate(elapsedMs: ElapsedMs): void {
    const ended = sink;
    try {
      sink = openNextShard(elapsedMs);
    } catch (error) {
      fail(error);
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
      lastMs = record.elapsedMs;
      stream.write(record);
      if (record.type !== 'tick') return;
      ticksInShard += 1;
      if (sink.writtenBytes >= shardBytes || record.elapsedMs - beganMs >= SHARD_MS) rotate(record.elapsedMs);
    },
    async close() {
      await closing;
      await sink.close();
      // A start that came to nothing leaves nothing: the unit tries again every ten seconds.
      if (ticksInShard === 0) rmSync(path, { force: true });
      lock.release();
      const failedWith = failure ?? sink.failure;
      if (failedWith !== null) throw failedWith;
    },
  };
}

function dropOldest(dir: string, roomBytes: number): void {
  const shards = listShards(dir);
  let heldBytes = shards.reduce((sum, shard) => sum + shard.sizeBytes, 0);
  for (const shard of shards) {
    if (heldBytes <= roomBytes) return;
    rmSync(shard.path, { force: true });
    heldBytes -= shard.sizeBytes;
  }
}

/** Deletes the oldest shard but the current one; `false` when there is no other. */
function dropOldestShard(dir: string, current: string): boolean {
  const oldest = listShards(dir).find((shard) => shard.path !== current);
  if (oldest === undefined) return false;
  rmSync(oldest.path, { force: true });
  return true;
}

function isDiskFull(error: unknown): boolean {
  const cause = error instanceof CaptureError ? error.cause : null;
  return ['ENOSPC', 'EDQUOT'].includes(errnoOf(cause) ?? '');
}
