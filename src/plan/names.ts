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
