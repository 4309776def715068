import { readFileSync, truncateSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { CaptureError } from '../../src/capture/index.js';
import type { StreamRecord } from '../../src/records/index.js';
import { readAll, ticksIn } from './reading.js';

/** What Z_SYNC_FLUSH ends with: whatever is before it can be read without what is after it. */
const FLUSHED = Buffer.from([0, 0, 0xff, 0xff]);

/**
 * Cuts the capture at `path` shorter and shorter, at each of `lengths` (falling), and returns what was wrong: a
 * capture that does not read, is not a prefix, lacks a second that was flushed, or does not tell that it is cut.
 */
export async function cutAt(path: string, lengths: Iterable<number>): Promise<string[]> {
  const whole = readFileSync(path);
  const all = (await readAll(path)).records;
  const wrong: string[] = [];
  for (const length of lengths) {
    truncateSync(path, length);
    const safe = path.endsWith('.gz') ? flushesIn(whole, length) : linesIn(whole, length);
    const said = await verdict(path, all, safe, length < whole.length);
    if (said !== null) wrong.push(`cut at ${length}: ${said}`);
  }
  return wrong;
}

async function verdict(
  path: string,
  all: readonly StreamRecord[],
  safeTicks: number,
  isCut: boolean,
): Promise<string | null> {
  try {
    const { reader, records } = await readAll(path);
    const found = ticksIn(records);
    if (found < safeTicks) return `${found} seconds read, ${safeTicks} were flushed`;
    if (!isDeepStrictEqual(records.at(-1), all[records.length - 1])) return 'what is read is no prefix';
    if (reader.tail.badLines > 0) return 'a cut line counts as damaged';
    return isCut && reader.tail.complete && records.length < all.length ? 'it is called complete' : null;
  } catch (error) {
    // Before the header is whole there is nothing to read, and that is said.
    if (error instanceof CaptureError && safeTicks === 0) return null;
    return String(error);
  }
}

function flushesIn(bytes: Buffer, length: number): number {
  let count = 0;
  for (let at = bytes.indexOf(FLUSHED); at !== -1 && at + 4 <= length; at = bytes.indexOf(FLUSHED, at + 4))
    count += 1;
  return count;
}

function linesIn(bytes: Buffer, length: number): number {
  if (length === 0) return 0;
  const whole = bytes.subarray(0, bytes.lastIndexOf(10, length - 1) + 1).toString('latin1');
  return whole.split('"type":"tick"').length - 1;
}
