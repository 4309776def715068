import { createReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { DecodeError, decodeRecord } from '../records/index.js';
import type { StreamRecord } from '../records/index.js';
import { createBounds } from './bounds.js';
import { CaptureError, errnoOf } from './error.js';
import type { Mender } from './fix-ups.js';
import { decodeCaptureHeader } from './format.js';
import type { CaptureHeader } from './format.js';
import { FLUSH_MARK, growing } from './growing.js';
import { linesOf } from './lines.js';
import type { Line } from './lines.js';
import { openShards } from './read-ring.js';
import { shardsSince } from './ring-shards.js';
import type { Since } from './ring-shards.js';
import { shardsOf } from './ring-shards.js';
import { comingShards, hasSuccessor, knownShards } from './shard-queue.js';
import type { CaptureReader, CaptureTail } from './reader.js';

/**
 * Opens a capture file, the directory of a ring, or standard input for `-`; gzip is recognised by its first bytes,
 * whatever the name. Of a ring, shards that end before `since` are passed over. Throws {@link CaptureError} when
 * it cannot be read or is no capture. With `follow` the records of a file go on with what is written to it, up to
 * its `end`; those of a ring for ever, for a recorder that was ended is started again.
 */
export async function openCaptureReader(
  path: string,
  since: Since | null = null,
  follow = false,
): Promise<CaptureReader> {
  const reader = await openAll(path, since, follow);
  const bounds = createBounds();
  async function* records(): AsyncGenerator<StreamRecord> {
    for await (const record of reader.records) {
      const left = bounds.take(record);
      if (left !== null) yield left;
    }
  }
  return {
    name: reader.name,
    header: reader.header,
    records: records(),
    tail: Object.assign(reader.tail, { leftOut: bounds.leftOut }),
    get progress() {
      return reader.progress;
    },
  };
}

async function openAll(path: string, since: Since | null, follow: boolean): Promise<CaptureReader> {
  if (path === '-' || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    return openOne(path, follow ? forEver : null);
  try {
    const shards = shardsOf(path);
    if (follow && shards.length > 0)
      return await openShards(path, comingShards(path, since), (shard) =>
        openOne(shard.path, () => hasSuccessor(path, shard)),
      );
    return await openShards(path, knownShards(shardsSince(shards, since)), ({ path: shard }) =>
      openOne(shard, null),
    );
  } catch (error) {
    throw error instanceof CaptureError ? error : cannotRead(path, error);
  }
}

const NOTHING: CaptureTail['leftOut'] = new Map();

/** Whether what is followed goes on elsewhere; `null` where nothing is followed. */
type Succeeded = (() => boolean) | null;

const forEver = (): boolean => false;

async function openOne(path: string, follow: Succeeded): Promise<CaptureReader> {
  const name = path === '-' ? 'standard input' : path;
  const progress = { readBytes: 0, totalBytes: follow === null ? sizeOf(path) : null };
  const lines = linesOf(bytesOf(counted(rawChunks(path, name, follow), progress)));
  let first: CaptureHeader;
  try {
    first = headerOf(await lines.next(), name);
  } catch (error) {
    await lines.return(undefined);
    throw error;
  }
  const { header, mend } = first;

  const tail = { complete: false, torn: false, badLines: 0, unknownRecords: 0, leftOut: NOTHING };
  async function* records(): AsyncGenerator<StreamRecord> {
    for await (const { text, whole } of lines) {
      if (text === '' && whole) continue;
      const record = decodeLine(text, mend);
      if (record === null) {
        if (whole) tail.badLines += 1;
        else tail.torn = true;
        continue;
      }
      if (record.type === 'unknown') tail.unknownRecords += 1;
      tail.complete = record.type === 'end';
      yield record;
      if (follow !== null && record.type === 'end') return;
    }
  }
  return { name, header, records: records(), tail, progress };
}

function headerOf(first: IteratorResult<Line, unknown>, name: string): CaptureHeader {
  if (first.done === true)
    throw new CaptureError('empty', `${name} is empty, or was cut off before its first line.`);
  return decodeCaptureHeader(first.value.text, name);
}

function decodeLine(text: string, mend: Mender['record']): StreamRecord | null {
  try {
    return decodeRecord(mend(JSON.parse(text)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DecodeError) return null;
    throw error;
  }
}

/** The file's bytes, uncompressed. Data that break off early end the stream with a marker, not an error. */
async function* bytesOf(raw: AsyncGenerator<Buffer>): AsyncGenerator<Buffer | 'torn'> {
  const first = await raw.next();
  if (first.done === true) return;
  const all = prepend(first.value, raw);
  if (!isGzip(first.value)) {
    yield* all;
    return;
  }
  const source = Readable.from(atFlushes(all));
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    // Damaged data: what was flushed before them has been handed out already.
    yield 'torn';
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function isGzip(chunk: Buffer): boolean {
  return chunk[0] === 0x1f && (chunk.length === 1 || chunk[1] === 0x8b);
}

function sizeOf(path: string): number | null {
  const found = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.size : null;
}

async function* counted(
  chunks: AsyncGenerator<Buffer>,
  progress: { readBytes: number },
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    progress.readBytes += chunk.length;
    yield chunk;
  }
}

async function* prepend(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** Cuts behind each Z_SYNC_FLUSH of the writer: at an error zlib withholds what it made of the piece in hand. */
async function* atFlushes(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(FLUSH_MARK); at !== -1; at = chunk.indexOf(FLUSH_MARK, from)) {
      yield chunk.subarray(from, at + FLUSH_MARK.length);
      from = at + FLUSH_MARK.length;
    }
    if (from < chunk.length) yield chunk.subarray(from);
  }
}

async function* rawChunks(path: string, name: string, follow: Succeeded): AsyncGenerator<Buffer> {
  const raw = path === '-' ? process.stdin : follow === null ? createReadStream(path) : growing(path, follow);
  try {
    for await (const chunk of raw) yield chunk as Buffer;
  } catch (error) {
    throw cannotRead(name, error);
  }
}

function cannotRead(name: string, error: unknown): CaptureError {
  const errno = errnoOf(error);
  if (errno === 'ENOENT') return new CaptureError('missing', `${name} does not exist.`, { cause: error });
  const why = errno === 'EACCES' ? 'permission denied' : errno === 'EISDIR' ? 'it is a directory' : errno;
  return new CaptureError('unreadable', `${name} cannot be read: ${why}.`, { cause: error });
}
