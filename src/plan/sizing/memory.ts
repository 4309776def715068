import { conntrackSize } from './conntrack.js';
import { hasTls } from '../profiles.js';
import { PAGE_BYTES } from '../target.js';
import type { Basis } from '../target.js';

/** What one connection takes, a part each. */
export interface ConnectionCost {
  readonly part: 'socket' | 'file' | 'epoll' | 'descriptor' | 'buffers' | 'conntrack' | 'application';
  readonly bytes: number;
  /** `slab`: this kernel's own size; `stock`: that of stock kernels; `assumed`: of the profile. */
  readonly from: 'slab' | 'stock' | 'assumed';
}

/** Whether the RAM holds them. */
export interface MemoryVerdict {
  readonly fits: boolean;
  /** Connections that the RAM holds by these costs. */
  readonly most: number;
  readonly perConnection: readonly ConnectionCost[];
  readonly perConnectionBytes: number;
  readonly totalBytes: number;
  /** Kept for the system itself. */
  readonly reservedBytes: number;
  readonly memoryBytes: number;
}

/** For the system: a tenth, and no less than half a GiB. */
const RESERVED_SHARE = 0.1;
const LEAST_RESERVED_BYTES = 512 * 1024 ** 2;

/** Of stock Debian kernels 5.10 to 7.2 on x86-64, rounded up; the share of the slab's waste is in them. */
const STOCK_SLABS: Readonly<Record<string, number>> = {
  TCPv6: 2560,
  sock_inode_cache: 864,
  filp: 256,
  dentry: 196,
  eventpoll_epi: 128,
};
/** A pointer in the table of descriptors, and its place in two bitmaps. */
const DESCRIPTOR_BYTES = 9;

/** What N connections take, and how many there is room for. */
export function memoryVerdict(basis: Basis): MemoryVerdict {
  const { target, memoryBytes } = basis;
  const perConnection = costs(basis);
  const perConnectionBytes = perConnection.reduce((sum, { bytes }) => sum + bytes, 0);
  const reservedBytes = Math.min(memoryBytes, Math.max(LEAST_RESERVED_BYTES, memoryBytes * RESERVED_SHARE));
  const most = Math.floor((memoryBytes - reservedBytes) / perConnectionBytes);
  return {
    fits: target.connections <= most,
    most,
    perConnection,
    perConnectionBytes,
    totalBytes: perConnectionBytes * target.connections,
    reservedBytes,
    memoryBytes,
  };
}

/** A listener of both families makes TCPv6 sockets of IPv4 connections too: the larger is taken. */
function costs(basis: Basis): ConnectionCost[] {
  const { host, profile, target } = basis;
  const slabs = (...names: readonly string[]): Pick<ConnectionCost, 'bytes' | 'from'> => {
    const own = names.every((name) => Object.hasOwn(host.slabBytes, name));
    const bytes = names.reduce(
      (sum, name) => sum + ((own ? host.slabBytes[name] : STOCK_SLABS[name]) ?? 0),
      0,
    );
    return { bytes, from: own ? 'slab' : 'stock' };
  };
  const conntrack = conntrackSize(basis);
  const appBytes = hasTls(target.ports) ? profile.appTlsBytes : profile.appBytes;
  return [
    { part: 'socket', ...slabs('TCPv6') },
    { part: 'file', ...slabs('sock_inode_cache', 'filp', 'dentry') },
    { part: 'epoll', ...slabs('eventpoll_epi') },
    { part: 'descriptor', bytes: DESCRIPTOR_BYTES, from: 'stock' },
    { part: 'buffers', bytes: profile.queuedPages * PAGE_BYTES, from: 'assumed' },
    ...(host.conntrack.module === 'absent'
      ? []
      : [
          {
            part: 'conntrack' as const,
            // The whole table, its spare entries and buckets included, is what must fit when it is full.
            bytes: Math.ceil(conntrack.bytes / target.connections),
            from: Object.hasOwn(host.slabBytes, 'nf_conntrack') ? ('slab' as const) : ('stock' as const),
          },
        ]),
    ...(appBytes === 0 ? [] : [{ part: 'application' as const, bytes: appBytes, from: 'assumed' as const }]),
  ];
}
