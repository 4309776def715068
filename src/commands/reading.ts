import type { Reading } from '../../tui/index.js';
import type { OpenedCapture } from './opened-capture.js';

/** A capture of fewer bytes, some hours of a quiet host, is read before anyone could read how much of it is. */
const LARGE_BYTES = 512 * 1024;

/** How much of captures is read; `null` when all of it is, or when that is not worth telling. */
export function readingOf(captures: readonly OpenedCapture[]): Reading | null {
  if (captures.every(({ state }) => state === 'whole')) return null;
  let readBytes = 0;
  let totalBytes: number | null = 0;
  for (const { reader } of captures) {
    readBytes += reader.progress.readBytes;
    totalBytes =
      totalBytes === null || reader.progress.totalBytes === null
        ? null
        : totalBytes + reader.progress.totalBytes;
  }
  if ((totalBytes ?? readBytes) < LARGE_BYTES) return null;
  return { readBytes, totalBytes };
}
