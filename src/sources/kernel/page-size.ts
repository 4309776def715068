import { endianness } from 'node:os';
import { readFileSync } from 'node:fs';

/** AT_PAGESZ of getauxval(3). */
const PAGE_SIZE_TAG = 6n;
/** Of x86-64, and of arm64 as most distributions build it; others have 16 or 64 KiB. */
const USUAL_BYTES = 4096;

/** The kernel's page size, out of /proc/self/auxv: pairs of a tag and a value. */
export function pageBytes(procRoot = '/proc'): number {
  let vector: Buffer;
  try {
    vector = readFileSync(`${procRoot}/self/auxv`);
  } catch {
    return USUAL_BYTES;
  }
  const wordAt = (at: number): bigint =>
    endianness() === 'LE' ? vector.readBigUInt64LE(at) : vector.readBigUInt64BE(at);
  for (let at = 0; at + 16 <= vector.length; at += 16)
    if (wordAt(at) === PAGE_SIZE_TAG) return Number(wordAt(at + 8));
  return USUAL_BYTES;
}
