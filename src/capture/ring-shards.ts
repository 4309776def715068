import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';

/** One file of a ring. */
export interface Shard {
  readonly path: string;
  readonly number: number;
  /** Wall clock of its first record, in whole seconds. */
  readonly beganMs: number;
  readonly sizeBytes: number;
}

const NAME = /^ctdiag-(\d{8,15})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.ctd\.gz$/;

/** The name of a shard; names sort in the order of recording. */
export function shardName(number: number, beganMs: number): string {
  const stamp = new Date(beganMs).toISOString().replace(/\.\d+/, '').replace(/[-:]/g, '');
  return `ctdiag-${String(number).padStart(8, '0')}-${stamp}.ctd.gz`;
}

/** The shards of a ring in the order of recording; other files are ignored. Throws when `dir` cannot be read. */
export function listShards(dir: string): Shard[] {
  return readdirSync(dir)
    .flatMap((name) => {
      const match = NAME.exec(name);
      if (match === null) return [];
      const [, number, year, month, day, hour, minute, second] = match.map(Number);
      const beganMs = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
      const path = join(dir, name);
      // The recorder may delete it meanwhile.
      const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size;
      return sizeBytes === undefined ? [] : [{ path, number: number ?? 0, beganMs, sizeBytes }];
    })
    .sort((a, b) => a.number - b.number);
}

/** The start of the wanted records: a wall clock, or a duration before the end. */
export type Since = { readonly atMs: number } | { readonly lastMs: number };

/** The shards that hold everything from `fromMs` (wall clock) on, or the last `lastMs`; all without either. */
export function shardsSince(shards: readonly Shard[], since: Since | null): readonly Shard[] {
  const lastBegan = shards.at(-1)?.beganMs;
  if (since === null || lastBegan === undefined) return shards;
  const fromMs = 'atMs' in since ? since.atMs : lastBegan - since.lastMs;
  // Names have whole seconds.
  const first = shards.findLastIndex((shard) => shard.beganMs <= fromMs - 1000);
  return shards.slice(Math.max(0, first));
}

/** A shard without a frame is smaller than this: a header and lists at most. */
const MAX_EMPTY_BYTES = 64 * 1024;

/** Deletes the newest shards as long as they hold no frame: recorders that were killed at their start left them. */
export function removeEmptyShards(dir: string): void {
  for (const { path, sizeBytes } of listShards(dir).reverse()) {
    if (sizeBytes > MAX_EMPTY_BYTES || !isEmptyShard(path)) return;
    rmSync(path, { force: true });
  }
}

function isEmptyShard(path: string): boolean {
  try {
    const text = gunzipSync(readFileSync(path), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_EMPTY_BYTES * 64,
    });
    return !text.includes('"type":"tick"');
  } catch {
    // Damaged or larger than it looks: whatever it is, it is not ours to delete.
    return false;
  }
}
