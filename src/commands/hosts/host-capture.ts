import { join } from 'node:path';
import { CaptureError, openCaptureWriter } from '../../capture/index.js';
import type { CaptureWriter } from '../../capture/index.js';
import type { StreamHeader } from '../../records/index.js';
import { fileName } from '../file-names.js';

/** As many captures of hosts with one name begin in one second at most. */
const MOST_NAMES = 1000;
/** How a host is asked for beside its name and port. */
const BEFORE_NAME = /^(?:ssh:\/\/)?(?:[^@]*@)?/;

/**
 * Starts a capture of a host, named as it was asked for and by when: many hosts may say the same name of themselves, and
 * any name they like. Never in place of a file that is there.
 */
export function openHostCapture(
  folder: string,
  host: string,
  header: StreamHeader,
  atMs: number,
): { readonly path: string; readonly writer: CaptureWriter } {
  const name = fileName(host.replace(BEFORE_NAME, ''), atMs, 'ctd.gz');
  for (let number = 1; ; number += 1) {
    const path = join(folder, number === 1 ? name : name.replace('.ctd', `-${number}.ctd`));
    try {
      return { path, writer: openCaptureWriter(path, header, false) };
    } catch (error) {
      const isTaken = error instanceof CaptureError && error.code === 'exists';
      if (!isTaken || number === MOST_NAMES) throw error;
    }
  }
}
