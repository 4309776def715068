import { conntrackBytesEach } from './conntrack.js';
import { tlsPorts } from '../profiles.js';
import { tlsShareOf } from '../target.js';
import type { Basis } from '../target.js';

/** Memory of one connection, per part. */
export interface ConnectionCost {
  readonly part: 'socket' | 'file' | 'epoll' | 'descriptor' | 'buffers' | 'conntrack' | 'application' | 'tls';
  readonly bytes: number;
  /** `slab`: measured on this kernel; `stock`: of Debian kernels; `assumed`: by the profile. */
  readonly from: 'slab' | 'stock' | 'assumed';
}

/** Whether the RAM is large enough. */
export interface MemoryVerdict {
  readonly fits: boolean;
  /** Connections that fit into the RAM. */
  readonly most: number;
  readonly perConnection: readonly ConnectionCost[];
  readonly perConnectionBytes: number;
  readonly totalBytes: number;
  /** Reserved for the system. */
  readonly reservedBytes: number;
  readonly memoryBytes: number;
  /** TLS in the server: its share of the connections, whether that was assumed by the ports, and bytes per connection. */
  readonly tls: {
    readonly share: number;
    readonly assumedBy: readonly number[];
    readonly bytesEach: number;
  };
}

/** Reserved for the system: 10 % of the RAM, at least 512 MiB. */
const RESERVED_SHARE = 0.1;
const LEAST_RESERVED_BYTES = 512 * 1024 ** 2;

/** Bytes per object on Debian kernels 5.10 to 7.2 (x86-64), slab overhead included, rounded up. */
const STOCK_SLABS: Readonly<Record<string, number>> = {
  TCPv6: 2560,
  sock_inode_cache: 864,
  filp: 256,
  dentry: 196,
  eventpoll_epi: 128,
};
/** A pointer in the descriptor table, and its bits in two bitmaps. */
const DESCRIPTOR_BYTES = 9;

/** The memory of all connections, and how many fit. */
export function memoryVerdict(basis: Basis): MemoryVerdict {
  const { target, memoryBytes } = basis;
  const perConnection = connectionCosts(basis);
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
    tls: {
      share: tlsShareOf(target),
      assumedBy: target.tlsShare == null ? tlsPorts(target.ports) : [],
      bytesEach: basis.profile.appTlsBytes - basis.profile.appBytes,
    },
  };
}

/** A dual-stack listener uses TCPv6 sockets for IPv4 connections too, so the larger size is taken. */
function connectionCosts(basis: Basis): ConnectionCost[] {
  const { host, profile, target } = basis;
  const slabs = (...names: readonly string[]): Pick<ConnectionCost, 'bytes' | 'from'> => {
    const own = names.every((name) => Object.hasOwn(host.slabBytes, name));
    const bytes = names.reduce(
      (sum, name) => sum + ((own ? host.slabBytes[name] : STOCK_SLABS[name]) ?? 0),
      0,
    );
    return { bytes, from: own ? 'slab' : 'stock' };
  };
  const tlsBytes = (profile.appTlsBytes - profile.appBytes) * tlsShareOf(target);
  return [
    { part: 'socket', ...slabs('TCPv6') },
    { part: 'file', ...slabs('sock_inode_cache', 'filp', 'dentry') },
    { part: 'epoll', ...slabs('eventpoll_epi') },
    { part: 'descriptor', bytes: DESCRIPTOR_BYTES, from: 'stock' },
    { part: 'buffers', bytes: profile.queuedBytes, from: 'assumed' },
    ...(host.conntrack.module === 'absent'
      ? []
      : [
          {
            part: 'conntrack' as const,
            // The whole table with its spare entries and buckets must fit when it is full.
            bytes: conntrackBytesEach(basis),
            from: Object.hasOwn(host.slabBytes, 'nf_conntrack') ? ('slab' as const) : ('stock' as const),
          },
        ]),
    ...(profile.appBytes === 0
      ? []
      : [{ part: 'application' as const, bytes: profile.appBytes, from: 'assumed' as const }]),
    ...(tlsBytes === 0
      ? []
      : [{ part: 'tls' as const, bytes: Math.ceil(tlsBytes), from: 'assumed' as const }]),
  ];
}
