import { join } from 'node:path';
import { CaptureError, openCaptureWriter } from '../../capture/index.js';
import type { CaptureWriter } from '../../capture/index.js';
import type { StreamHeader } from '../../records/index.js';
import { fileName } from '../file-names.js';

/** As many captures of hosts with one name begin in one second at most. */
const MOST_NAMES = 1000;

/**
 * Starts a capture of a host, named by what it says and when: never in place of a file that is there, for hosts may
 * have the same name, and say any name they like.
 */
export function openHostCapture(
  folder: string,
  header: StreamHeader,
  atMs: number,
): { readonly path: string; readonly writer: CaptureWriter } {
  const name = fileName(header.host, atMs, 'ctd.gz');
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
