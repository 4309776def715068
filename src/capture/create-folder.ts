import { mkdirSync } from 'node:fs';
import { describeError, errnoOf } from '../errno.js';
import { CaptureError } from './error.js';

/** Makes a folder for captures, which only its owner may read; one that is there stays as it is. */
export function createFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = errnoOf(error) === 'EEXIST' ? 'it is not a directory' : describeError(error);
    throw new CaptureError('cannot-create', `${dir} cannot be created: ${why}.`, { cause: error });
  }
}
