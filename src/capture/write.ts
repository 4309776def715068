import { close, closeSync, createWriteStream, fchmodSync, fdatasync, fstatSync, openSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { Gzip } from 'node:zlib';
import type { StreamHeader, StreamRecord } from '../records/index.js';
import { createCompactor } from './compact.js';
import { CaptureError, errnoOf } from './error.js';
import { encodeCaptureHeader } from './format.js';

/** How often the data are forced to the disk. */
const SYNC_MS = 3000;
/** What may wait for a slow disk or pipe; beyond it records are dropped and counted, tracing never waits. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;

export interface CaptureWriter {
  /** Queues one record; everything up to a tick is flushed with it. Never throws, never waits. */
  write(record: StreamRecord): void;
  /** Ends the file in good order, once. Rejects with {@link CaptureError} when something could not be written. */
  close(): Promise<void>;
  /** Rejects as soon as writing fails; never resolves. */
  readonly failed: Promise<never>;
  readonly recordsWritten: number;
  readonly recordsDropped: number;
}

/**
 * Creates a capture: newline-delimited JSON, gzip when the name ends in `.gz`, `-` for standard output.
 * The file is made with mode 0600 and never replaces another unless `force`.
 */
export function openCaptureWriter(path: string, header: StreamHeader, force: boolean): CaptureWriter {
  const name = path === '-' ? 'standard output' : path;
  const fd = path === '-' ? 1 : create(path, force);
  const file: Writable = path === '-' ? process.stdout : createWriteStream(path, { fd, autoClose: false });
  const gzip: Gzip | null = path.endsWith('.gz') ? createGzip() : null;
  const sink: Writable = gzip ?? file;
  const compact = createCompactor();
  let recordsWritten = 0;
  let recordsDropped = 0;
  let lastSyncMs = 0;
  let failure: CaptureError | null = null;
  let closing: Promise<void> | null = null;
  let rejectFailed: (error: CaptureError) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (rejectFailed = reject));
  failed.catch(() => undefined);

  // Asked through a function because callbacks set it.
  const failureNow = (): CaptureError | null => failure;
  const fail = (error: unknown): void => {
    failure ??= new CaptureError('write-failed', writeFailed(name, error), { cause: error });
    rejectFailed(failure);
    // Nobody reads it any more; what waits in it would wait for ever.
    gzip?.destroy();
  };
  file.on('error', fail);
  gzip?.on('error', fail);
  gzip?.pipe(file, { end: false });

  const sync = (elapsedMs: number): void => {
    if (path === '-' || elapsedMs - lastSyncMs < SYNC_MS) return;
    lastSyncMs = elapsedMs;
    fdatasync(fd, (error) => {
      // A pipe or a device cannot be synced; that is no loss.
      if (error !== null && error.code !== 'EINVAL' && error.code !== 'EROFS') fail(error);
    });
  };

  sink.write(`${encodeCaptureHeader(header)}\n`);

  return {
    failed,
    get recordsWritten() {
      return recordsWritten;
    },
    get recordsDropped() {
      return recordsDropped;
    },
    write(record) {
      if (failure !== null) return;
      const pending = file.writableLength + (gzip?.writableLength ?? 0);
      if (pending > MAX_PENDING_BYTES && isRepeated(record)) {
        recordsDropped += 1;
        return;
      }
      const left = compact(record);
      if (left === null) return;
      sink.write(`${JSON.stringify(left)}\n`);
      recordsWritten += 1;
      if (record.type === 'tick') {
        gzip?.flush(constants.Z_SYNC_FLUSH);
        sync(record.elapsedMs);
      }
    },
    close() {
      closing ??= finish();
      return closing;
    },
  };

  async function finish(): Promise<void> {
    if (gzip !== null && !gzip.destroyed) {
      await new Promise<void>((resolve) => {
        gzip.once('close', () => resolve());
        gzip.end();
      });
    }
    await drained(file, path === '-');
    if (path !== '-') {
      await new Promise<void>((resolve) => {
        fdatasync(fd, (error) => {
          if (error !== null && error.code !== 'EINVAL' && error.code !== 'EROFS') fail(error);
          close(fd, () => resolve());
        });
      });
    }
    const failedWith = failureNow();
    if (failedWith !== null) throw failedWith;
  }
}

/** Whether a later record says it again; the others are few, and must not be lost. */
function isRepeated(record: StreamRecord): boolean {
  return record.type !== 'end' && record.type !== 'gap' && record.type !== 'netns';
}

/** Waits until all is handed to the kernel; standard output itself stays open. */
function drained(file: Writable, keepOpen: boolean): Promise<void> {
  return new Promise((resolve) => {
    if (file.destroyed || file.errored !== null) {
      resolve();
      return;
    }
    file.once('error', () => resolve());
    if (keepOpen) file.write('', () => resolve());
    else file.end(() => resolve());
  });
}

function create(path: string, force: boolean): number {
  let fd: number | null = null;
  try {
    fd = openSync(path, force ? 'w' : 'wx', 0o600);
    // A file that is replaced keeps its mode; that of a device is not ours to change.
    if (force && fstatSync(fd).isFile()) fchmodSync(fd, 0o600);
    return fd;
  } catch (error) {
    if (fd !== null) closeSync(fd);
    const errno = errnoOf(error);
    if (errno === 'EEXIST')
      throw new CaptureError(
        'exists',
        `${path} exists already; choose another name, or --force to replace it.`,
        {
          cause: error,
        },
      );
    throw new CaptureError('cannot-create', `${path} cannot be created: ${reasonOf(errno)}.`, {
      cause: error,
    });
  }
}

function reasonOf(errno: string): string {
  switch (errno) {
    case 'ENOENT':
      return 'its directory does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a directory';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EDQUOT':
      return 'the disk quota is used up';
    default:
      return errno;
  }
}

function writeFailed(name: string, error: unknown): string {
  const errno = errnoOf(error);
  if (errno === 'EPIPE') return `the reader of ${name} went away; recording stopped.`;
  return `writing to ${name} failed: ${reasonOf(errno)}; recording stopped, what was written before can be read.`;
}
