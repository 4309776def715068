import { constants } from 'node:os';

/** What can go wrong with a capture file. Switch over this, never over the message. */
export type CaptureErrorCode =
  | 'missing'
  | 'unreadable'
  | 'empty'
  | 'not-a-capture'
  | 'newer-version'
  | 'bad-header'
  | 'exists'
  | 'in-use'
  | 'no-lock'
  | 'cannot-create'
  | 'write-failed';

/** A capture could not be read or written. The message is a sentence for the user and says what to do. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  constructor(
    readonly code: CaptureErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The errno name of a Node error (`ENOENT`), or its message where it has none. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // libuv has no name for some errnos (EDQUOT is `Unknown system error -122`); os.constants has them.
  if ('errno' in error && 'syscall' in error)
    for (const [name, number] of Object.entries(constants.errno))
      if (number === -Number(error.errno)) return name;
  return 'code' in error ? String(error.code) : error.message;
}

/** An errno in words, to follow a colon: `ENOSPC` is `the disk is full`. */
export function describeErrno(errno: string): string {
  switch (errno) {
    case 'ENOENT':
      return 'its directory does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a directory';
    case 'ENOTDIR':
      return 'a part of the path is not a directory';
    case 'ENXIO':
      return 'it has no reader; start the reader first';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EDQUOT':
      return 'the disk quota is used up';
    case 'EFBIG':
      return 'the file size limit is reached';
    case 'EIO':
      return 'the disk reports an error (EIO)';
    default:
      return errno;
  }
}
