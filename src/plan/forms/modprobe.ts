import type { Plan } from '../plan.js';
import { currentOf, figure } from '../setting.js';
import { headOf } from './head.js';

/** Where the options belong. */
const MODPROBE_FILE = '/etc/modprobe.d/ctdiag-conntrack.conf';

/**
 * Options for the load of nf_conntrack. With hashsize given, the kernel starts the maximum at eight times as much:
 * too large rather than too small until a sysctl says better.
 */
export function modprobeForm(plan: Plan): string {
  const kept = (name: string, least: number): number =>
    Math.max(least, figure(currentOf(plan.host, `net.netfilter.${name}`)) ?? 0);
  // Never fewer than there are: a plan for more may have been applied before.
  const buckets = kept('nf_conntrack_buckets', plan.conntrack.buckets);
  const max = kept('nf_conntrack_max', plan.conntrack.max);
  return [
    ...headOf(plan, MODPROBE_FILE, 'modprobe'),
    `# Where nf_conntrack is built into the kernel, on its command line instead: nf_conntrack.hashsize=${buckets}`,
    `# nf_conntrack_max starts at 8 x hashsize = ${buckets * 8}; --format sysctl and udev set it to ${max}.`,
    `options nf_conntrack hashsize=${buckets}`,
    '',
  ].join('\n');
}
