import { constants } from 'node:os';

/** What an errno means: after a colon, and after the name of the file it is about. */
interface ErrnoWords {
  readonly reason: string;
  readonly ofFile: string;
}

const PERMISSION: ErrnoWords = { reason: 'permission denied', ofFile: 'cannot be opened: permission denied' };
const OUT_OF_DESCRIPTORS: ErrnoWords = {
  reason: 'out of file descriptors',
  ofFile: 'cannot be opened: out of file descriptors',
};

const WORDS: Readonly<Record<string, ErrnoWords>> = {
  EACCES: PERMISSION,
  EPERM: PERMISSION,
  ENOENT: { reason: 'no such file or directory', ofFile: 'does not exist' },
  EEXIST: { reason: 'it exists already', ofFile: 'exists already' },
  EISDIR: { reason: 'it is a directory', ofFile: 'is a directory' },
  ENOTDIR: {
    reason: 'a part of the path is not a directory',
    ofFile: 'has a part in its path that is not a directory',
  },
  ELOOP: { reason: 'too many symbolic links', ofFile: 'is a symbolic link that cannot be followed' },
  EFBIG: { reason: 'it is larger than allowed here', ofFile: 'is larger than allowed here' },
  EINVAL: { reason: 'it is not a regular file', ofFile: 'is not a regular file' },
  ENXIO: {
    reason: 'it has no reader; start the reader first',
    ofFile: 'has no reader; start the reader first',
  },
  EROFS: { reason: 'the file system is read-only', ofFile: 'is on a read-only file system' },
  ENOSPC: { reason: 'the disk is full', ofFile: 'cannot be written: the disk is full' },
  EDQUOT: { reason: 'the disk quota is used up', ofFile: 'cannot be written: the disk quota is used up' },
  EIO: { reason: 'the disk reports an error (EIO)', ofFile: 'cannot be read or written: disk error (EIO)' },
  EMFILE: OUT_OF_DESCRIPTORS,
  ENFILE: OUT_OF_DESCRIPTORS,
};

/** `EACCES` and the like; `null` when an error is not the kernel's. */
export function errnoOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  // libuv reports an errno it has no name for (EDQUOT) as `Unknown system error -122`; os.constants has the name.
  if ('errno' in error && 'syscall' in error)
    for (const [name, number] of Object.entries(constants.errno))
      if (number === -Number(error.errno)) return name;
  return 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
    ? error.code
    : null;
}

/** An errno in words for use after a colon: `permission denied`. An errno without words is returned unchanged. */
export function describeErrno(errno: string): string {
  return WORDS[errno]?.reason ?? errno;
}

/** Why something failed, for use after a colon: the errno in words, else the error's own message. */
export function describeError(error: unknown): string {
  const errno = errnoOf(error);
  if (errno !== null) return describeErrno(errno);
  return error instanceof Error ? error.message : String(error);
}

/** What the kernel says about a file, for use after its name: `does not exist`; `null` for an error of another kind. */
export function describeFileError(error: unknown): string | null {
  const errno = errnoOf(error);
  return errno === null ? null : (WORDS[errno]?.ofFile ?? `cannot be read or written (${errno})`);
}

/** Whether an error means that a file is not there, or cannot be. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');
}

/** Whether an error means that the user lacks the permission. */
export function isDenied(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(errnoOf(error) ?? '');
}
