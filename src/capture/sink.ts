import { close, closeSync, createWriteStream, fdatasync, fstat, rmSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { describeError, errnoOf } from '../errno.js';
import { createFile } from './create-file.js';
import { CaptureError } from './error.js';

/** At the end, a reader of a pipe that takes nothing for this long loses the rest. */
const CLOSE_TIMEOUT_MS = 3000;

/** The output of one capture: a file or standard output. Nothing but `close` waits, and nothing throws. */
export interface Sink {
  write(text: string): void;
  /** Hands everything so far to the kernel, so that it survives kill -9 of ctdiag. */
  flush(): void;
  /** Starts syncing to the disk in the background, one sync at a time. */
  sync(): void;
  /** Resolves when everything is written and closed, or when writing has failed. */
  close(): Promise<void>;
  /** Bytes held in memory. */
  readonly pendingBytes: number;
  /** Bytes in the file. */
  readonly writtenBytes: number;
  /** The first error; nothing is written after it. */
  readonly failure: CaptureError | null;
  /** Rejects as soon as writing fails; never resolves. */
  readonly failed: Promise<never>;
}

/**
 * Creates a file with mode 0600 (`force` replaces an existing one), or uses standard output for `-`. Compressed
 * when the name ends in `.gz`. `begin` is in the file when this returns, so that a kill at once leaves a capture.
 * Throws {@link CaptureError} when the file cannot be created.
 */
export function openSink(path: string, force: boolean, begin: string): Sink {
  const isFile = path !== '-';
  const name = isFile ? path : 'standard output';
  const fd = isFile ? createFile(path, force) : 1;
  // In a gzip file the beginning is a member of its own, which every reader of gzip takes as part of the whole.
  const first = Buffer.from(path.endsWith('.gz') ? gzipSync(begin) : begin);
  if (isFile) writeBeginning(path, fd, first);
  const file: Writable = isFile ? createWriteStream(path, { fd, autoClose: false }) : process.stdout;
  const gzip = path.endsWith('.gz') ? createGzip() : null;
  let failure: CaptureError | null = null;
  let writtenBytes = isFile ? first.length : 0;
  let syncing: Promise<void> | null = null;
  let rejectFailed: (error: CaptureError) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (rejectFailed = reject));
  failed.catch(() => undefined);

  const fail = (error: unknown): void => {
    if (failure !== null) return;
    failure =
      error instanceof CaptureError
        ? error
        : new CaptureError('write-failed', describeWriteError(name, error), { cause: error });
    gzip?.destroy();
    rejectFailed(failure);
  };
  const writeBytes = (bytes: Buffer | string): void => {
    if (failure !== null) return;
    const size = Buffer.byteLength(bytes);
    file.write(bytes, (error) => {
      if (error == null) writtenBytes += size;
    });
  };
  file.on('error', fail);
  gzip?.on('error', fail);
  gzip?.on('data', writeBytes);
  if (!isFile) writeBytes(first);

  /** Resolves when the disk has everything; never rejects. */
  const syncToDisk = (): Promise<void> =>
    new Promise((resolve) => {
      fdatasync(fd, (error) => {
        // A pipe or a device cannot be synced.
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
      if (gzip === null) writeBytes(text);
      else gzip.write(text);
    },
    flush() {
      if (failure === null) gzip?.flush(constants.Z_SYNC_FLUSH);
    },
    sync() {
      if (!isFile || syncing !== null || failure !== null) return;
      syncing = syncToDisk().then(() => {
        syncing = null;
      });
    },
    async close() {
      if (failure === null && gzip !== null && !gzip.destroyed)
        await new Promise<void>((resolve) => gzip.once('close', resolve).end());
      await Promise.race([
        drain(file, isFile),
        isFile ? new Promise<void>(() => undefined) : closeTimeout(fail),
      ]);
      if (!isFile) return;
      // Do not close the descriptor while a sync uses it.
      await syncing;
      await syncToDisk();
      await new Promise<void>((resolve) => close(fd, () => resolve()));
    },
  };
}

function writeBeginning(path: string, fd: number, bytes: Buffer): void {
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  } catch (error) {
    closeSync(fd);
    rmSync(path, { force: true });
    throw new CaptureError('write-failed', `writing to ${path} failed: ${describeError(error)}.`, {
      cause: error,
    });
  }
}

/** Waits until everything is handed to the kernel; standard output stays open. */
function drain(file: Writable, end: boolean): Promise<void> {
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

function closeTimeout(fail: (error: CaptureError) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      fail(
        new CaptureError(
          'write-failed',
          'the reader of standard output stopped reading; the end of the recording is lost.',
        ),
      );
      resolve();
    }, CLOSE_TIMEOUT_MS);
    timer.unref();
  });
}

function describeWriteError(name: string, error: unknown): string {
  if (errnoOf(error) === 'EPIPE') return `the reader of ${name} went away; recording stopped.`;
  return `writing to ${name} failed: ${describeError(error)}; recording stopped, what was written before can be read.`;
}
