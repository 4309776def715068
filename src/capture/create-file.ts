import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, lstatSync, openSync } from 'node:fs';
import { describeError, errnoOf } from '../errno.js';
import { CaptureError } from './error.js';

/** Refuses a path with a reason that stands behind a colon. */
class Refusal extends Error {
  override readonly name = 'Refusal';
}

/**
 * Opens a new file with mode 0600 for writing; with `force` an existing one is emptied first, if it is a regular file
 * of ours. Throws {@link CaptureError}.
 */
export function createFile(path: string, force: boolean): number {
  try {
    return force ? replaceFile(path) : openSync(path, 'wx', 0o600);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST')
      throw new CaptureError(
        'exists',
        `${path} already exists; choose another name, or use --force to replace it.`,
        { cause: error },
      );
    const why = errno === 'ENOENT' ? 'its directory does not exist' : describeError(error);
    throw new CaptureError('cannot-create', `${path} cannot be created: ${why}.`, { cause: error });
  }
}

function replaceFile(path: string): number {
  const fd = openOwn(path, constants.O_WRONLY | constants.O_CREAT, '; write to - for pipes');
  try {
    ftruncateSync(fd);
    fchmodSync(fd, 0o600);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Opens the lock of a ring, which is made when missing: a regular file of ours, never a link. */
export function openLockFile(path: string): number {
  try {
    if (isLink(path)) throw new Refusal('it is a symbolic link; delete it');
    return openOwn(path, constants.O_RDWR | constants.O_CREAT, '; delete it');
  } catch (error) {
    throw new CaptureError('cannot-create', `${path} cannot be opened: ${describeError(error)}.`, {
      cause: error,
    });
  }
}

/**
 * Opens a regular file of ours and refuses all else. Where root records, another user may plant a link, a FIFO or a file
 * of their own, so that root writes elsewhere, waits for ever, or lets them read along. Links of ours are followed.
 */
function openOwn(path: string, flags: number, advice: string): number {
  const follow = isOwnLink(path) ? 0 : constants.O_NOFOLLOW;
  let fd: number;
  try {
    // A FIFO without a reader would block.
    fd = openSync(path, flags | follow | constants.O_NONBLOCK, 0o600);
  } catch (error) {
    if (errnoOf(error) === 'ELOOP' && isLink(path))
      throw new Refusal('it is a symbolic link of another user', { cause: error });
    if (errnoOf(error) === 'ENXIO') throw new Refusal(`it is not a regular file${advice}`, { cause: error });
    throw error;
  }
  const stats = fstatSync(fd);
  const reason = !stats.isFile()
    ? `it is not a regular file${advice}`
    : stats.uid !== process.geteuid?.()
      ? 'it belongs to another user; delete it first'
      : null;
  if (reason === null) return fd;
  closeSync(fd);
  throw new Refusal(reason);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function isOwnLink(path: string): boolean {
  return isLink(path) && lstatSync(path).uid === process.geteuid?.();
}
