import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import { NODE_WIDE } from '../../records/index.js';
import type { Fix } from '../finding.js';
import { raisedTo } from './raise.js';

/**
 * Bytes of one entry where /proc/slabinfo may not be read: the slab object of stock 64-bit kernels. Extensions (NAT,
 * accounting) are 128 bytes more for the flows that have them.
 */
const ENTRY_BYTES = 320;
const EXTENSION_BYTES = 128;
/** What one bucket costs: a pointer. */
const BUCKET_BYTES = 8;
/** Entries a bucket, on average, up to which a lookup stays cheap; the kernel's own ratio before 5.15. */
const LONGEST_CHAIN = 4;
/** The sysctl is an int. */
const HIGHEST = 2 ** 31 - 1;

/**
 * Four times the limit, within what a sixteenth of memory holds; at least double, and no less than the kernel's own.
 * Nothing where it cannot be raised.
 */
export function raiseConntrackMax(window: Window, limit: number): Fix[] {
  const memory = window.header.memTotalBytes;
  const measured = seriesOf(window, NODE_WIDE, 'slab.nf_conntrack.objsize')?.last ?? null;
  const entryBytes = measured ?? ENTRY_BYTES;
  const affordable = memory === null ? Infinity : memory / 16 / (entryBytes + EXTENSION_BYTES);
  const wanted = limit * 4 <= affordable ? limit * 4 : limit * 2;
  const to = Math.min(raisedTo(window, 'net.netfilter.nf_conntrack_max', wanted), HIGHEST);
  if (to <= limit) return [];
  const bucketsNow = seriesOf(window, NODE_WIDE, 'net.netfilter.nf_conntrack_buckets')?.last ?? null;
  const bucketsWanted = Math.ceil(to / LONGEST_CHAIN);
  const buckets =
    bucketsNow === null || bucketsNow >= bucketsWanted ? null : { from: bucketsNow, to: bucketsWanted };
  return [
    {
      id: 'raise-conntrack-max',
      from: limit,
      to,
      buckets,
      entryBytes,
      entryBytesMeasured: measured !== null,
      bytes: (to - limit) * entryBytes + (buckets === null ? 0 : (buckets.to - buckets.from) * BUCKET_BYTES),
    },
  ];
}
