import {
  close,
  closeSync,
  constants as files,
  createWriteStream,
  fchmodSync,
  fdatasync,
  fstat,
  fstatSync,
  openSync,
  statSync,
} from 'node:fs';
import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { CaptureError, errnoOf } from './error.js';

/** A reader of a pipe that takes nothing for this long at the end does not get the rest. */
const LAST_CHANCE_MS = 3000;

/** Where the bytes of one capture go: a file, or standard output. Nothing here waits or throws. */
export interface Sink {
  write(text: string): void;
  /** Hands everything so far to the kernel: it then survives kill -9 of ctdiag. */
  flush(): void;
  /** Forces what the kernel has to the disk, in the background and one at a time. */
  sync(): void;
  /** Resolves when all is written and closed, or when that has failed. */
  close(): Promise<void>;
  /** What is held in memory. */
  readonly pendingBytes: number;
  /** What the file holds. */
  readonly writtenBytes: number;
  /** What went wrong first; nothing is written after it. */
  readonly failure: CaptureError | null;
  /** Rejects as soon as writing fails; never resolves. */
  readonly failed: Promise<never>;
}

/**
 * Creates a file with mode 0600, never in place of another unless `force`, or takes standard output for `-`.
 * Compressed when the name ends in `.gz`. Throws {@link CaptureError} when it cannot be created.
 */
export function openSink(path: string, force: boolean): Sink {
  const isFile = path !== '-';
  const name = isFile ? path : 'standard output';
  const fd = isFile ? create(path, force) : 1;
  const file: Writable = isFile ? createWriteStream(path, { fd, autoClose: false }) : process.stdout;
  const gzip = path.endsWith('.gz') ? createGzip() : null;
  let failure: CaptureError | null = null;
  let writtenBytes = 0;
  let syncing: Promise<void> | null = null;
  let rejectFailed: (error: CaptureError) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (rejectFailed = reject));
  failed.catch(() => undefined);

  const fail = (error: unknown): void => {
    if (failure !== null) return;
    failure =
      error instanceof CaptureError
        ? error
        : new CaptureError('write-failed', writeFailed(name, error), { cause: error });
    gzip?.destroy();
    rejectFailed(failure);
  };
  const toFile = (bytes: Buffer | string): void => {
    if (failure !== null) return;
    const size = Buffer.byteLength(bytes);
    file.write(bytes, (error) => {
      if (error == null) writtenBytes += size;
    });
  };
  file.on('error', fail);
  gzip?.on('error', fail);
  gzip?.on('data', toFile);

  /** Resolves when the disk has it; never rejects. */
  const synced = (): Promise<void> =>
    new Promise((resolve) => {
      fdatasync(fd, (error) => {
        // A pipe or a device cannot be synced; that is no loss.
        if (error !== null && error.code !== 'EINVAL') fail(error);
        fstat(fd, (unknown, stats) => {
          if (unknown === null && stats.nlink === 0)
            fail(
              new CaptureError(
                'write-failed',
                `${name} was deleted while it was written; recording stopped.`,
              ),
            );
          resolve();
        });
      });
    });

  return {
    failed,
    get failure() {
      return failure;
    },
    get pendingBytes() {
      return file.writableLength + (gzip?.writableLength ?? 0);
    },
    get writtenBytes() {
      return writtenBytes;
    },
    write(text) {
      if (failure !== null) return;
      if (gzip === null) toFile(text);
      else gzip.write(text);
    },
    flush() {
      if (failure === null) gzip?.flush(constants.Z_SYNC_FLUSH);
    },
    sync() {
      if (!isFile || syncing !== null || failure !== null) return;
      syncing = synced().then(() => {
        syncing = null;
      });
    },
    async close() {
      if (failure === null && gzip !== null && !gzip.destroyed)
        await new Promise<void>((resolve) => gzip.once('close', resolve).end());
      await Promise.race([
        drained(file, isFile),
        isFile ? new Promise<void>(() => undefined) : lastChance(fail),
      ]);
      if (!isFile) return;
      // The descriptor must not be closed under a call that uses it.
      await syncing;
      await synced();
      await new Promise<void>((resolve) => close(fd, () => resolve()));
    },
  };
}

/** Waits until all is handed to the kernel; standard output itself stays open. */
function drained(file: Writable, end: boolean): Promise<void> {
  return new Promise((resolve) => {
    if (file.destroyed || file.errored !== null) {
      resolve();
      return;
    }
    file.once('error', () => resolve());
    if (end) file.end(() => resolve());
    else file.write('', () => resolve());
  });
}

function lastChance(fail: (error: CaptureError) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      fail(
        new CaptureError(
          'write-failed',
          'the reader of standard output takes nothing; the end of the recording is lost.',
        ),
      );
      resolve();
    }, LAST_CHANCE_MS);
    timer.unref();
  });
}

function create(path: string, force: boolean): number {
  let fd: number | null = null;
  try {
    if (force && statSync(path, { throwIfNoEntry: false })?.isFIFO() === true) return openFifo(path);
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
        { cause: error },
      );
    throw new CaptureError('cannot-create', `${path} cannot be created: ${reasonOf(errno)}.`, {
      cause: error,
    });
  }
}

/** To open a FIFO waits until someone reads it, and the tracing with it: looks first whether someone does. */
function openFifo(path: string): number {
  const looking = openSync(path, files.O_WRONLY | files.O_NONBLOCK);
  try {
    return openSync(path, 'w');
  } finally {
    closeSync(looking);
  }
}

/** An errno in words. */
export function reasonOf(errno: string): string {
  switch (errno) {
    case 'ENOENT':
      return 'its directory does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a directory';
    case 'ENOTDIR':
      return 'it is no directory';
    case 'ENXIO':
      return 'nobody reads it; start its reader first';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EDQUOT':
      return 'the disk quota is used up';
    case 'EFBIG':
      return 'it would be larger than a file may be here';
    case 'EIO':
      return 'the disk reports an error (EIO)';
    default:
      return errno;
  }
}

function writeFailed(name: string, error: unknown): string {
  const errno = errnoOf(error);
  if (errno === 'EPIPE') return `the reader of ${name} went away; recording stopped.`;
  return `writing to ${name} failed: ${reasonOf(errno)}; recording stopped, what was written before can be read.`;
}
