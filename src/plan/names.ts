import { planFor } from './plan.js';
import { stockHost } from './stock.js';

/** Every sysctl that a plan may contain, taken from a plan itself: nothing else is ever written. */
export function plannedSysctls(): string[] {
  const memoryBytes = 1024 ** 3;
  const host = stockHost({ memoryBytes, cpus: 1, kernel: '' });
  const target = { connections: 1, ratePerSec: 1, rateAssumed: false, profile: 'mqtt', ports: [] } as const;
  const { settings } = planFor(target, host, memoryBytes, 1);
  return settings.filter((setting) => setting.kind === 'sysctl').map((setting) => setting.name);
}

/**
 * The sysctls that some plan changes; the other planned ones are only looked at. Only these may be restored. Both
 * buffer triples are among them because plans of earlier versions lowered them.
 */
export const SETTABLE_SYSCTLS: readonly string[] = [
  'net.netfilter.nf_conntrack_buckets',
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_tcp_timeout_established',
  'fs.file-max',
  'fs.nr_open',
  'net.core.somaxconn',
  'net.core.netdev_max_backlog',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_mem',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_max_orphans',
  'net.ipv4.neigh.default.gc_thresh1',
  'net.ipv4.neigh.default.gc_thresh2',
  'net.ipv4.neigh.default.gc_thresh3',
];

/** The planned sysctls, and those read for usage and for the size of a conntrack entry. */
export function readSysctls(): string[] {
  return [
    ...plannedSysctls(),
    'net.netfilter.nf_conntrack_count',
    'net.netfilter.nf_conntrack_acct',
    'net.netfilter.nf_conntrack_timestamp',
    'fs.file-nr',
  ];
}
