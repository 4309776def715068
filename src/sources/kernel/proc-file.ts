import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** One reader of a /proc or /sys file: its text now, or `null` and the errno name in `why`. */
export interface ProcFile {
  readonly path: string;
  read(): string | null;
  /** Why the last read gave nothing; `null` when it gave something. */
  readonly why: string | null;
  close(): void;
}

const shared = { buffer: Buffer.allocUnsafe(64 * 1024) };
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Opens a file once and reads it anew each time through the same descriptor, so that a host that is out of
 * file descriptors later still answers. A file that is absent is tried again at each read.
 */
export function keepOpen(path: string): ProcFile {
  let fd: number | null = null;
  let why: string | null = null;
  return {
    path,
    get why() {
      return why;
    },
    read() {
      try {
        fd ??= openSync(path, 'r');
        const text = readWhole(fd);
        why = null;
        return text;
      } catch (error) {
        why = errnoName(error);
        if (fd !== null) closeQuietly(fd);
        fd = null;
        return null;
      }
    },
    close() {
      if (fd !== null) closeQuietly(fd);
      fd = null;
    },
  };
}

/** Reads a file of a namespace or process that may vanish; no descriptor is kept, which would hold it alive. */
export function readOnce(path: string): { readonly text: string } | { readonly why: string } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    return { why: errnoName(error) };
  }
}

/** The same for files of at most 4 MB that are read hundreds of times a second: it takes half as long. */
export function readQuickly(path: string): { readonly text: string } | { readonly why: string } {
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r');
    return { text: readWhole(fd) };
  } catch (error) {
    return { why: errnoName(error) };
  } finally {
    if (fd !== null) closeQuietly(fd);
  }
}

/** The errno name of a failed system call. */
function errnoName(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function readWhole(fd: number): string {
  let length = 0;
  for (;;) {
    if (length === shared.buffer.length) {
      if (length >= MAX_BYTES) throw Object.assign(new Error('file too large'), { code: 'EFBIG' });
      shared.buffer = Buffer.concat([shared.buffer, Buffer.allocUnsafe(length)]);
    }
    const got = readSync(fd, shared.buffer, length, shared.buffer.length - length, length);
    if (got === 0) return shared.buffer.toString('utf8', 0, length);
    length += got;
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It is gone either way.
  }
}
