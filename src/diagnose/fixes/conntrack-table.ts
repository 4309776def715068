import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import { NODE_WIDE, pageBytesOf } from '../../records/index.js';
import type { MetricName, Netns } from '../../records/index.js';
import type { Fix, KubeProxyKind } from './fix.js';
import { netnsEntry } from './netns-entry.js';
import type { NetnsEntry } from './netns-entry.js';
import { raisedTo } from './raise.js';

/** Bytes of an entry where /proc/slabinfo may not be read: the slab object of stock 64-bit kernels, rounded up. */
const ENTRY_BYTES = 320;
/** What an entry with extensions carries at least. */
const EXTENSION_BYTES = 128;
/** What one bucket costs: a pointer. */
const BUCKET_BYTES = 8;
/** The sysctl is an int. */
const HIGHEST = 2 ** 31 - 1;
/** A day; the kernel's default is five. */
const ESTABLISHED_SEC = 86_400;
const ESTABLISHED_TIMEOUT = 'net.netfilter.nf_conntrack_tcp_timeout_established';

/**
 * A full table: raise the limit first, which helps at once; then see whether stale entries fill it, and shorten what
 * keeps them.
 */
export function freeConntrackTable(window: Window, netns: Netns, limit: number): Fix[] {
  const entry = netnsEntry(window, netns);
  return [
    ...raiseConntrackMax(window, limit),
    findStaleEntries(window, netns, entry),
    ...shortenEstablished(window, netns, entry),
  ];
}

/** Nothing where it is as short already. */
function shortenEstablished(window: Window, netns: Netns, entry: NetnsEntry): Fix[] {
  const nowSec = seriesOf(window, netns, ESTABLISHED_TIMEOUT)?.last ?? null;
  return nowSec !== null && nowSec <= ESTABLISHED_SEC
    ? []
    : [{ id: 'shorten-established', entry, toSec: ESTABLISHED_SEC, kubeProxy: kubeProxyOf(window) }];
}

/** What fills the table, as far as is known without reading all of it. */
function findStaleEntries(window: Window, netns: Netns, entry: NetnsEntry): Fix {
  const last = (metric: MetricName): number | null => seriesOf(window, netns, metric)?.last ?? null;
  return {
    id: 'find-stale-entries',
    entry,
    entries: last('net.netfilter.nf_conntrack_count'),
    established: last('Tcp.CurrEstab'),
    timeoutSec: last(ESTABLISHED_TIMEOUT),
  };
}

/**
 * Four times the limit, within what a sixteenth of memory holds; else double, within a quarter; and no less than the
 * kernel's own. Nothing where it cannot be raised. The buckets go with it: one an entry from Linux 5.15 on, as the kernel itself
 * sizes them, one for four before (kernel.md section 7).
 */
export function raiseConntrackMax(window: Window, limit: number): Fix[] {
  const { kernel, memTotalBytes } = window.header;
  const measured = seriesOf(window, NODE_WIDE, 'slab.nf_conntrack.objsize')?.last ?? null;
  const entryBytes = measured ?? ENTRY_BYTES;
  // Before 5.19 each entry has room for events; since then only while a program listens for them.
  const extensionBytes = isKernelBefore(kernel, 5, 19) ? EXTENSION_BYTES : 0;
  const inMemory = (share: number): number =>
    memTotalBytes === null
      ? Infinity
      : Math.floor((memTotalBytes * share) / (entryBytes + EXTENSION_BYTES + BUCKET_BYTES));
  const wanted = limit * 4 <= inMemory(1 / 16) ? limit * 4 : Math.min(limit * 2, inMemory(1 / 4));
  const to = Math.min(raisedTo(window, 'net.netfilter.nf_conntrack_max', wanted), HIGHEST);
  if (to <= limit) return [];
  const entriesABucket = isKernelBefore(kernel, 5, 15) && !kernel.includes('.el9') ? 4 : 1;
  const bucketsNow = seriesOf(window, NODE_WIDE, 'net.netfilter.nf_conntrack_buckets')?.last ?? null;
  const bucketsTo = wholePages(window, to / entriesABucket);
  const buckets = bucketsNow === null || bucketsNow >= bucketsTo ? null : { from: bucketsNow, to: bucketsTo };
  return [
    {
      id: 'raise-conntrack-max',
      from: limit,
      to,
      buckets,
      entryBytes,
      entryBytesMeasured: measured !== null,
      extensionBytes,
      bytes:
        (to - limit) * (entryBytes + extensionBytes) +
        (buckets === null ? 0 : (buckets.to - buckets.from) * BUCKET_BYTES),
      kubeProxy: kubeProxyOf(window),
    },
  ];
}

/** Buckets enough for the limit; nothing where there are. */
export function raiseConntrackBuckets(window: Window, buckets: number | null, max: number | null): Fix[] {
  if (max === null || buckets === null) return [];
  const to = wholePages(window, max);
  return to <= buckets ? [] : [{ id: 'raise-conntrack-buckets', from: buckets, to }];
}

/** The kernel rounds the table up to whole pages of buckets: 512 on most, 8,192 where a page has 64 KiB. */
function wholePages({ header }: Window, buckets: number): number {
  const perPage = pageBytesOf(header) / BUCKET_BYTES;
  return Math.ceil(buckets / perPage) * perPage;
}

/** What writes conntrack's limits on this node at each start; `null` where it is no node of Kubernetes. */
function kubeProxyOf(window: Window): KubeProxyKind | null {
  const proxy = window.last.settings?.kubeProxy ?? null;
  return proxy === null ? null : /^(?:k3s|rke2)/.test(proxy.comm) ? 'k3s' : 'kube-proxy';
}

/** Unknown kernels count as new ones. */
function isKernelBefore(kernel: string, wantedMajor: number, wantedMinor: number): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(kernel) ?? [];
  if (major === undefined) return false;
  return Number(major) < wantedMajor || (Number(major) === wantedMajor && Number(minor) < wantedMinor);
}
