import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import { NODE_WIDE, pageBytesOf } from '../../records/index.js';
import type { Fix, Pages } from './fix.js';
import { defaultOf, raisedTo } from './raise.js';

/** TCP gets no more of the memory than this; the rest of the host must live as well. */
const MOST_SHARE = 1 / 2;
/** What an orphan may hold at most, by the kernel's own reckoning (Documentation/networking/ip-sysctl). */
const ORPHAN_BYTES = 64 * 1024;
/** Orphans get no more of the memory than this. */
const MOST_FOR_ORPHANS = 1 / 8;

/** Says first what holds TCP's memory; then raises tcp_mem, up to half the memory of the host. */
export function freeTcpMemory(window: Window): Fix[] {
  return [...raiseTcpMem(window), { id: 'find-tcp-memory' }];
}

function raiseTcpMem(window: Window): Fix[] {
  const figure = (metric: 'low' | 'pressure' | 'max'): number | null =>
    seriesOf(window, NODE_WIDE, `net.ipv4.tcp_mem.${metric}`)?.last ?? null;
  const [low, pressure, max] = [figure('low'), figure('pressure'), figure('max')];
  if (low === null || pressure === null || max === null) return [];
  const from: Pages = [low, pressure, max];
  const own = defaultOf(window, 'net.ipv4.tcp_mem');
  const memory = window.header.memTotalBytes;
  const pageBytes = pageBytesOf(window.header);
  const most = memory === null ? Infinity : Math.floor((memory * MOST_SHARE) / pageBytes);
  const wanted = Math.max(max * 2, own[2] ?? 0);
  const to = Math.min(wanted, most);
  if (to <= max) return [];
  // The kernel's own shares of the three: 3, 4 and 6.
  const share = (part: number): number => Math.floor((to * part) / 6);
  return [
    {
      id: 'raise-tcp-mem',
      from,
      to: [Math.max(low, share(3)), Math.max(pressure, share(4)), to],
      pageBytes,
    },
  ];
}

/** Orphans end sooner first; their limit is raised only as far as an eighth of the memory would hold them. */
export function limitOrphans(window: Window, limit: number): Fix[] {
  const memory = window.header.memTotalBytes;
  const most = memory === null ? Infinity : Math.floor((memory * MOST_FOR_ORPHANS) / ORPHAN_BYTES);
  const to = Math.min(
    raisedTo(window, 'net.ipv4.tcp_max_orphans', limit * 4),
    Math.max(most, ...defaultOf(window, 'net.ipv4.tcp_max_orphans')),
  );
  return [
    { id: 'shorten-orphans' },
    ...(to > limit ? [{ id: 'raise-max-orphans', from: limit, to } as const] : []),
    { id: 'find-orphans' },
  ];
}
