import { setTimeout as wait } from 'node:timers/promises';
import { CaptureError } from './error.js';
import { FOLLOW_MS } from './growing.js';
import { shardsSince } from './ring-shards.js';
import type { Since } from './ring-shards.js';
import { shardsOf } from './ring-shards.js';
import type { Shard } from './ring-shards.js';

/** The shards of a ring, in the order of recording, as somebody reads them. */
export interface ShardQueue {
  /** The next one; `null` when there is none. */
  next(): Promise<Shard | null>;
  /** Whether one comes, or may come, behind those that were taken. */
  mayGoOn(): boolean;
  /** What all of them hold; `null` where more may come. */
  readonly totalBytes: number | null;
}

/** Those that are there now. */
export function knownShards(shards: readonly Shard[]): ShardQueue {
  const rest = [...shards];
  return {
    next: () => Promise.resolve(rest.shift() ?? null),
    mayGoOn: () => rest.length > 0,
    totalBytes: shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/**
 * Those that are there, from `since` on, and then each that the recorder begins, for ever. One that is dropped before it is reached
 * is passed over.
 */
export function comingShards(dir: string, since: Since | null): ShardQueue {
  const first = shardsSince(shardsAfter(dir, 0), since)[0];
  let taken = (first?.number ?? 1) - 1;
  return {
    async next() {
      for (;;) {
        const found = shardsAfter(dir, taken)[0];
        if (found !== undefined) {
          taken = found.number;
          return found;
        }
        await wait(FOLLOW_MS, undefined, { ref: false });
      }
    },
    mayGoOn: () => true,
    totalBytes: null,
  };
}

/** Whether the recorder of a ring has gone on behind this shard. */
export function hasSuccessor(dir: string, shard: Shard): boolean {
  return shardsAfter(dir, shard.number).length > 0;
}

function shardsAfter(dir: string, number: number): Shard[] {
  try {
    return shardsOf(dir).filter((shard) => shard.number > number);
  } catch (error) {
    throw new CaptureError('missing', `${dir} can no longer be read; was it moved or deleted?`, {
      cause: error,
    });
  }
}
