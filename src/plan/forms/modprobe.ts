import type { Plan } from '../plan.js';
import { currentValue, parseFigure } from '../setting.js';
import { headOf } from './head.js';

/** Path of the file. */
const MODPROBE_FILE = '/etc/modprobe.d/ctdiag-conntrack.conf';

/**
 * Module options of nf_conntrack. With hashsize, the maximum starts at eight times as much, until a sysctl sets it.
 */
export function modprobeForm(plan: Plan): string {
  const persisted = (name: string, least: number): number =>
    Math.max(least, parseFigure(currentValue(plan.host, `net.netfilter.${name}`)) ?? 0);
  // Never fewer than now: an earlier plan may have been larger.
  const buckets = persisted('nf_conntrack_buckets', plan.conntrack.buckets);
  const max = persisted('nf_conntrack_max', plan.conntrack.max);
  return [
    ...headOf(plan, MODPROBE_FILE, 'modprobe'),
    `# If nf_conntrack is built into the kernel, use its command line instead: nf_conntrack.hashsize=${buckets}`,
    `# nf_conntrack_max starts at 8 x hashsize = ${buckets * 8}; --format sysctl and udev set it to ${max}.`,
    `options nf_conntrack hashsize=${buckets}`,
    '',
  ].join('\n');
}
