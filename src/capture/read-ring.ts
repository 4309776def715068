import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ElapsedMs, StreamHeader, StreamRecord } from '../records/index.js';
import { CaptureError } from './error.js';
import type { CaptureReader } from './reader.js';
import type { CaptureTail } from './reader.js';
import { shardsOf } from './ring-shards.js';
import type { Shard } from './ring-shards.js';
import type { ShardQueue } from './shard-queue.js';

/** Frames further apart than so many intervals have a gap between them. */
const GAP_INTERVALS = 3;

/** Reads one shard. */
export type OpenShard = (shard: Shard) => Promise<CaptureReader>;

/** A directory of captures is no ring, and a recorder would only mix one in. */
function emptyWords(dir: string): string {
  const shards = new Set(shardsOf(dir).map(({ path }) => basename(path)));
  const captures = readdirSync(dir).filter(
    (text) => /\.ctd(?:\.gz)?$/.test(text) && !shards.has(text),
  ).length;
  return captures === 0
    ? `${dir} holds no capture; \`ctdiag record --ring ${dir}\` fills it.`
    : `${dir} is no ring, but ${captures} ${captures === 1 ? 'capture is' : 'captures are'} in it: name them, ${join(dir, '*.ctd*')}.`;
}

type Tail = { -readonly [K in keyof CaptureTail]: CaptureTail[K] };

/**
 * Reads shards one after the other as one capture: times count from the start of the first, and where time is
 * missing between two a gap is told. Shards that cannot be read are passed over like a gap.
 */
export async function openShards(name: string, shards: ShardQueue, open: OpenShard): Promise<CaptureReader> {
  const first = await nextReadable(shards, open);
  if (first === null) throw new CaptureError('empty', emptyWords(name));
  const { header } = first;
  let shard: CaptureReader | null = first;
  let readBefore = 0;
  const { leftOut } = first.tail;
  const tail: Tail = { complete: false, torn: false, badLines: 0, unknownRecords: 0, leftOut };

  async function* records(): AsyncGenerator<StreamRecord> {
    let lastMs: ElapsedMs | null = null;
    for (; shard !== null; shard = await nextReadable(shards, open)) {
      // A clock that was set back between two runs must not make time run backwards.
      const offsetMs = offsetOf(shard.header, header);
      let pushMs: number | null = null;
      for await (const record of shard.records) {
        pushMs ??= offsetMs + Math.max(0, (lastMs ?? 0) - (record.elapsedMs + offsetMs));
        const elapsedMs: ElapsedMs = record.elapsedMs + pushMs;
        if (lastMs !== null) {
          const gap = gapBetween(shard, header, lastMs, elapsedMs);
          if (gap !== null) yield* gap;
        }
        lastMs = elapsedMs;
        // Only the last shard's end is the end.
        if (record.type === 'end' && shards.mayGoOn()) continue;
        yield moved(record, elapsedMs, pushMs);
      }
      tail.torn ||= shard.tail.torn && !shards.mayGoOn();
      tail.badLines += shard.tail.badLines + (shard.tail.torn && shards.mayGoOn() ? 1 : 0);
      tail.unknownRecords += shard.tail.unknownRecords;
      tail.complete = shard.tail.complete;
      readBefore += shard.progress.readBytes;
    }
  }
  return {
    name,
    header,
    records: records(),
    tail,
    get progress() {
      return { readBytes: readBefore + (shard?.progress.readBytes ?? 0), totalBytes: shards.totalBytes };
    },
  };
}

function offsetOf(shard: StreamHeader, first: StreamHeader): number {
  return shard.startedAtMs - first.startedAtMs;
}

function gapBetween(
  shard: CaptureReader,
  first: StreamHeader,
  fromMs: ElapsedMs,
  elapsedMs: ElapsedMs,
): StreamRecord[] | null {
  if (elapsedMs - fromMs <= GAP_INTERVALS * shard.header.intervalMs) return null;
  const rebooted = shard.header.bootId !== null && shard.header.bootId !== first.bootId;
  const reason = rebooted ? 'nothing was recorded, and the host was started anew' : 'nothing was recorded';
  return (['kernel', 'bpftrace'] as const).map((source) => ({
    type: 'gap',
    elapsedMs,
    source,
    fromMs,
    reason,
  }));
}

function moved(record: StreamRecord, elapsedMs: ElapsedMs, byMs: number): StreamRecord {
  return record.type === 'gap' || record.type === 'dropped'
    ? { ...record, elapsedMs, fromMs: record.fromMs + byMs }
    : { ...record, elapsedMs };
}

async function nextReadable(shards: ShardQueue, open: OpenShard): Promise<CaptureReader | null> {
  for (let shard = await shards.next(); shard !== null; shard = await shards.next()) {
    try {
      return await open(shard);
    } catch (error) {
      // Dropped by the recorder meanwhile, or begun and killed at once: the others still tell their part.
      if (!(error instanceof CaptureError)) throw error;
    }
  }
  return null;
}
