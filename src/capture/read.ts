import { createReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { DecodeError, decodeRecord } from '../records/index.js';
import type { StreamRecord } from '../records/index.js';
import { createBounds } from './bounds.js';
import { describeError, isAbsent } from '../errno.js';
import { CaptureError } from './error.js';
import type { FixUps } from './fix-ups.js';
import { decodeCaptureHeader } from './format.js';
import type { CaptureHeader } from './format.js';
import { FLUSH_MARK, followFile } from './growing.js';
import { splitLines } from './lines.js';
import type { TextLine } from './lines.js';
import { readShards } from './read-ring.js';
import { isRingLocked } from './ring-lock.js';
import { listShards, shardsSince } from './ring-shards.js';
import type { Since } from './ring-shards.js';
import { followShards, hasSuccessor, queueShards } from './shard-queue.js';
import { MAX_BAD_LINES } from './reader.js';
import type { CaptureReader, CaptureTail } from './reader.js';

/**
 * Opens a capture file, the directory of a ring, or standard input for `-`. Gzip is recognised by its first bytes,
 * not by the name. Of a ring, shards that end before `since` are skipped. With `follow`, reading continues as the
 * file grows, until its `end` record; of a ring it never ends, because the recorder may be started again.
 * Throws {@link CaptureError} when the path cannot be read or is not a capture.
 */
export async function openCaptureReader(
  path: string,
  since: Since | null = null,
  follow = false,
): Promise<CaptureReader> {
  return withBounds(await openSource(path, since, follow));
}

/** The records of a reader, less what is beyond what any host has. */
function withBounds(reader: CaptureReader): CaptureReader {
  const bounds = createBounds();
  async function* records(): AsyncGenerator<StreamRecord> {
    for await (const record of reader.records) {
      const limited = bounds.limitRecord(record);
      if (limited !== null) yield limited;
    }
  }
  return {
    name: reader.name,
    header: reader.header,
    records: records(),
    tail: Object.assign(reader.tail, { exceeded: bounds.exceeded }),
    get progress() {
      return reader.progress;
    },
  };
}

/** Opens a capture that arrives as `chunks`, from a place called `name`; its `end` record is the end. */
export async function openCaptureStream(
  name: string,
  chunks: AsyncGenerator<Buffer>,
): Promise<CaptureReader> {
  return withBounds(await readFrom(name, chunks, { readBytes: 0, totalBytes: null }, true));
}

async function openSource(path: string, since: Since | null, follow: boolean): Promise<CaptureReader> {
  if (path === '-' || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    return openFile(path, follow ? neverSucceeded : null);
  try {
    const shards = listShards(path);
    if (follow && shards.length > 0)
      return await readShards(path, followShards(path, since), (shard) =>
        openFile(shard.path, () => hasSuccessor(path, shard)),
      );
    const ring = await readShards(path, queueShards(shardsSince(shards, since)), ({ path: shard }) =>
      openFile(shard, null),
    );
    Object.assign(ring.tail, { stillRecording: isRingLocked(path) });
    return ring;
  } catch (error) {
    throw error instanceof CaptureError ? error : readError(path, error);
  }
}

/** One line of a capture as it stands there, whatever it holds. */
export interface RawLine {
  readonly file: string;
  /** From 1, empty lines left out. */
  readonly number: number;
  readonly text: string;
}

/** The lines of a capture, of all shards of a ring, or of standard input, uncompressed and undecoded. */
export async function* readRawLines(path: string): AsyncGenerator<RawLine> {
  const isRing = path !== '-' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  for (const file of isRing ? listShards(path).map((shard) => shard.path) : [path]) {
    const name = file === '-' ? 'standard input' : file;
    let number = 0;
    for await (const { text } of splitLines(decompress(readChunks(file, name, null)))) {
      number += 1;
      yield { file: name, number, text };
    }
  }
}

const NONE_EXCEEDED: CaptureTail['exceeded'] = new Map();

/** While following: whether the recorder has started the next file. `null` when not following. */
type HasSuccessor = (() => boolean) | null;

const neverSucceeded = (): boolean => false;

async function openFile(path: string, follow: HasSuccessor): Promise<CaptureReader> {
  const name = path === '-' ? 'standard input' : path;
  const progress = { readBytes: 0, totalBytes: follow === null ? fileSize(path) : null };
  return readFrom(name, readChunks(path, name, follow), progress, follow !== null);
}

async function readFrom(
  name: string,
  chunks: AsyncGenerator<Buffer>,
  progress: { readBytes: number; readonly totalBytes: number | null },
  endsWithRecord: boolean,
): Promise<CaptureReader> {
  const lines = splitLines(decompress(countBytes(chunks, progress)));
  let first: CaptureHeader;
  try {
    first = readHeader(await lines.next(), name);
  } catch (error) {
    await lines.return(undefined);
    throw error;
  }
  const { header, fixUp } = first;

  const tail = { complete: false, torn: false, badLines: 0, unknownRecords: 0, exceeded: NONE_EXCEEDED };
  async function* records(): AsyncGenerator<StreamRecord> {
    for await (const { text, terminated } of lines) {
      const record = decodeLine(text, fixUp);
      if (record === null) {
        if (terminated) tail.badLines += 1;
        else tail.torn = true;
        if (tail.badLines >= MAX_BAD_LINES) {
          tail.complete = false;
          return;
        }
        continue;
      }
      if (record.type === 'unknown') tail.unknownRecords += 1;
      tail.complete = record.type === 'end';
      yield record;
      if (endsWithRecord && record.type === 'end') return;
    }
  }
  return { name, header, records: records(), tail, progress };
}

function readHeader(first: IteratorResult<TextLine, unknown>, name: string): CaptureHeader {
  if (first.done === true)
    throw new CaptureError('empty', `${name} is empty, or was cut off before its first line.`);
  return decodeCaptureHeader(first.value.text, name);
}

function decodeLine(text: string, upgrade: FixUps['record']): StreamRecord | null {
  try {
    return decodeRecord(upgrade(JSON.parse(text)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DecodeError) return null;
    throw error;
  }
}

/** The file's bytes, uncompressed. Damaged or truncated gzip ends with the marker `torn`, not with an error. */
async function* decompress(raw: AsyncGenerator<Buffer>): AsyncGenerator<Buffer | 'torn'> {
  const first = await raw.next();
  if (first.done === true) return;
  const all = prepend(first.value, raw);
  if (!isGzip(first.value)) {
    yield* all;
    return;
  }
  const source = Readable.from(splitAtFlushes(all));
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    // Everything up to the last flush before the damage has been yielded already.
    yield 'torn';
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function isGzip(chunk: Buffer): boolean {
  return chunk[0] === 0x1f && (chunk.length === 1 || chunk[1] === 0x8b);
}

function fileSize(path: string): number | null {
  const found = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.size : null;
}

async function* countBytes(
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

/** Splits the input after each Z_SYNC_FLUSH: on an error zlib drops all output of the chunk it was given. */
async function* splitAtFlushes(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(FLUSH_MARK); at !== -1; at = chunk.indexOf(FLUSH_MARK, from)) {
      yield chunk.subarray(from, at + FLUSH_MARK.length);
      from = at + FLUSH_MARK.length;
    }
    if (from < chunk.length) yield chunk.subarray(from);
  }
}

async function* readChunks(path: string, name: string, follow: HasSuccessor): AsyncGenerator<Buffer> {
  const raw =
    path === '-' ? process.stdin : follow === null ? createReadStream(path) : followFile(path, follow);
  try {
    for await (const chunk of raw) yield chunk as Buffer;
  } catch (error) {
    throw readError(name, error);
  }
}

function readError(name: string, error: unknown): CaptureError {
  if (isAbsent(error)) return new CaptureError('missing', `${name} does not exist.`, { cause: error });
  return new CaptureError('unreadable', `${name} cannot be read: ${describeError(error)}.`, { cause: error });
}
