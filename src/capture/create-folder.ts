import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeError, errnoOf, isAbsent } from '../errno.js';
import { CaptureError } from './error.js';

/** Makes a folder for captures, which only its owner may read; one that is there stays as it is. */
export function createFolder(dir: string): void {
  try {
    createBelow(dir);
  } catch (error) {
    const why = errnoOf(error) === 'EEXIST' ? 'it is not a directory' : describeError(error);
    throw new CaptureError('cannot-create', `${dir} cannot be created: ${why}.`, { cause: error });
  }
}

/** Not by `recursive` of mkdir: below /proc, where there is the parent and nothing can be made, that never returns. */
function createBelow(dir: string): void {
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && statSync(dir).isDirectory()) return;
    const parent = dirname(dir);
    if (!isAbsent(error) || parent === dir || isThere(parent)) throw error;
    createBelow(parent);
    mkdirSync(dir, { mode: 0o700 });
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
