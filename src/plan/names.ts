import { planFor } from './plan.js';
import { stockHost } from './stock.js';

/** Every sysctl that a plan speaks of, out of a plan itself: what it does not know of is never written, whoever asks. */
export function plannedSysctls(): string[] {
  const memoryBytes = 1024 ** 3;
  const host = stockHost({ memoryBytes, cpus: 1, kernel: '' });
  const target = { connections: 1, ratePerSec: 1, rateAssumed: false, profile: 'mqtt', ports: [] } as const;
  const { settings } = planFor(target, host, memoryBytes, 1);
  return settings.filter((setting) => setting.kind === 'sysctl').map((setting) => setting.name);
}

/** Those, and what is read beside them: what is used of them, and what makes an entry of conntrack larger. */
export function readSysctls(): string[] {
  return [
    ...plannedSysctls(),
    'net.netfilter.nf_conntrack_count',
    'net.netfilter.nf_conntrack_acct',
    'net.netfilter.nf_conntrack_timestamp',
    'fs.file-nr',
  ];
}
