import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gapsOfAllSources, shiftRecord } from '../records/index.js';
import type { ElapsedMs, StreamHeader, StreamRecord } from '../records/index.js';
import { CaptureError } from './error.js';
import type { CaptureReader, CaptureTail } from './reader.js';
import { listShards } from './ring-shards.js';
import type { Shard } from './ring-shards.js';
import type { ShardQueue } from './shard-queue.js';

/** Frames that are more than this many intervals apart have a gap between them. */
const GAP_INTERVALS = 3;

/** Latest time of a record, in milliseconds from the start: half of what a Date holds, as the decoder allows. */
const MAX_ELAPSED_MS = 4e15;

/** Opens one shard. */
export type OpenShard = (shard: Shard) => Promise<CaptureReader>;

/** A directory of plain captures is not a ring; do not suggest recording into it. */
function describeEmptyRing(dir: string): string {
  const shards = new Set(listShards(dir).map(({ path }) => basename(path)));
  const captures = readdirSync(dir).filter(
    (name) => /\.ctd(?:\.gz)?$/.test(name) && !shards.has(name),
  ).length;
  return captures === 0
    ? `${dir} has no captures; fill it with \`ctdiag record --ring ${dir}\`.`
    : `${dir} is not a ring but has ${captures} ${captures === 1 ? 'capture' : 'captures'} in it; pass them as files: ${join(dir, '*.ctd*')}.`;
}

type Tail = { -readonly [K in keyof CaptureTail]: CaptureTail[K] };

/**
 * Reads shards one after another as one capture. Times count from the start of the first; time missing between two
 * becomes a gap record. Shards that cannot be read are skipped, which leaves a gap too.
 */
export async function readShards(name: string, shards: ShardQueue, open: OpenShard): Promise<CaptureReader> {
  const first = await openNextShard(shards, open);
  if (first === null) throw new CaptureError('empty', describeEmptyRing(name));
  const { header } = first;
  let shard: CaptureReader | null = first;
  let earlierBytes = 0;
  const { exceeded } = first.tail;
  const tail: Tail = { complete: false, torn: false, badLines: 0, unknownRecords: 0, exceeded };

  async function* records(): AsyncGenerator<StreamRecord> {
    let lastMs: ElapsedMs | null = null;
    for (; shard !== null; shard = await openNextShard(shards, open)) {
      // A clock that was set back between two runs must not make time run backwards.
      const offsetMs = startOffset(shard.header, header);
      let shiftMs: number | null = null;
      for await (const record of shard.records) {
        shiftMs ??= offsetMs + Math.max(0, (lastMs ?? 0) - (record.elapsedMs + offsetMs));
        // Clocks that were set back again and again could push times beyond what a Date holds.
        const elapsedMs: ElapsedMs = Math.min(record.elapsedMs + shiftMs, MAX_ELAPSED_MS);
        if (lastMs !== null) {
          const gap = findGap(shard, header, lastMs, elapsedMs);
          if (gap !== null) yield* gap;
        }
        // A sample may tell of a moment some seconds before: the figures that a change began from.
        lastMs = Math.max(lastMs ?? elapsedMs, elapsedMs);
        // Only the end of the last shard is the end of the capture.
        if (record.type === 'end' && shards.mayContinue()) continue;
        yield shiftRecord(record, elapsedMs, shiftMs);
      }
      tail.torn ||= shard.tail.torn && !shards.mayContinue();
      tail.badLines += shard.tail.badLines + (shard.tail.torn && shards.mayContinue() ? 1 : 0);
      tail.unknownRecords += shard.tail.unknownRecords;
      tail.complete = shard.tail.complete;
      earlierBytes += shard.progress.readBytes;
    }
  }
  return {
    name,
    header,
    records: records(),
    tail,
    get progress() {
      return { readBytes: earlierBytes + (shard?.progress.readBytes ?? 0), totalBytes: shards.totalBytes };
    },
  };
}

function startOffset(shard: StreamHeader, first: StreamHeader): number {
  return shard.startedAtMs - first.startedAtMs;
}

function findGap(
  shard: CaptureReader,
  first: StreamHeader,
  fromMs: ElapsedMs,
  elapsedMs: ElapsedMs,
): StreamRecord[] | null {
  if (elapsedMs - fromMs <= GAP_INTERVALS * shard.header.intervalMs) return null;
  const rebooted = shard.header.bootId !== null && shard.header.bootId !== first.bootId;
  const reason = rebooted ? 'nothing was recorded, and the host was rebooted' : 'nothing was recorded';
  return gapsOfAllSources(fromMs, elapsedMs, reason);
}

async function openNextShard(shards: ShardQueue, open: OpenShard): Promise<CaptureReader | null> {
  for (let shard = await shards.next(); shard !== null; shard = await shards.next()) {
    try {
      return await open(shard);
    } catch (error) {
      // Deleted by the recorder meanwhile, or killed before its header was written: the other shards still read.
      if (!(error instanceof CaptureError)) throw error;
    }
  }
  return null;
}
