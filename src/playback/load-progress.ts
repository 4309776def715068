import type { LoadProgress } from './screen-state.js';
import type { OpenedCapture } from './open-capture.js';

/** A capture of fewer bytes, some hours of a quiet host, is read before anyone could read how much of it is. */
const LARGE_BYTES = 512 * 1024;

/** How much of the captures is read; `null` when all of it is, or for a single small one. */
export function loadProgressOf(captures: readonly OpenedCapture[]): LoadProgress | null {
  const whole = captures.filter(({ state }) => state === 'whole').length;
  if (whole === captures.length) return null;
  let readBytes = 0;
  let totalBytes: number | null = 0;
  for (const { reader } of captures) {
    readBytes += reader.progress.readBytes;
    totalBytes =
      totalBytes === null || reader.progress.totalBytes === null
        ? null
        : totalBytes + reader.progress.totalBytes;
  }
  // Of several even small ones take a while: each second of each is judged.
  if (captures.length > 1) return { readBytes, totalBytes, captures: { whole, all: captures.length } };
  return (totalBytes ?? readBytes) < LARGE_BYTES ? null : { readBytes, totalBytes };
}
