import { setTimeout as wait } from 'node:timers/promises';
import { CaptureError } from './error.js';
import { POLL_MS } from './growing.js';
import { listShards, shardsSince } from './ring-shards.js';
import type { Shard, Since } from './ring-shards.js';

/** The shards still to be read, in the order of recording. */
export interface ShardQueue {
  /** The next shard; `null` at the end. */
  next(): Promise<Shard | null>;
  /** Whether there is, or may be, another shard after those taken. */
  mayContinue(): boolean;
  /** Their total size; `null` where more may come. */
  readonly totalBytes: number | null;
}

/** The shards that exist now. */
export function queueShards(shards: readonly Shard[]): ShardQueue {
  const rest = [...shards];
  return {
    next: () => Promise.resolve(rest.shift() ?? null),
    mayContinue: () => rest.length > 0,
    totalBytes: shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/**
 * The shards that exist from `since` on, then each new one as the recorder starts it; never ends. A shard that the
 * recorder deletes before it is reached is skipped.
 */
export function followShards(dir: string, since: Since | null): ShardQueue {
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
        await wait(POLL_MS, undefined, { ref: false });
      }
    },
    mayContinue: () => true,
    totalBytes: null,
  };
}

/** Whether the recorder has started a later shard. */
export function hasSuccessor(dir: string, shard: Shard): boolean {
  return shardsAfter(dir, shard.number).length > 0;
}

function shardsAfter(dir: string, number: number): Shard[] {
  try {
    return listShards(dir).filter((shard) => shard.number > number);
  } catch (error) {
    throw new CaptureError('missing', `${dir} can no longer be read; was it moved or deleted?`, {
      cause: error,
    });
  }
}
