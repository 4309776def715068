import type { Plan } from './plan.js';
import type { Setting } from './setting.js';

/** One sysctl to be written. */
export interface SysctlChange {
  readonly name: string;
  /** `null` is unknown. */
  readonly from: string | null;
  readonly to: string;
}

/**
 * What must come before what, so that no moment is worse than the one before: buckets before the entries that fill
 * them, what all processes may have before what one may, the whole of TCP's memory before shares of it. Timeouts
 * that are lowered come last.
 */
const FIRST: readonly string[] = [
  'net.netfilter.nf_conntrack_buckets',
  'net.netfilter.nf_conntrack_max',
  'fs.file-max',
  'fs.nr_open',
  'net.ipv4.tcp_mem',
  'net.ipv4.tcp_syncookies',
  'net.core.somaxconn',
  // Raised from above, or a threshold would stand below the one under it.
  'net.ipv4.neigh.default.gc_thresh3',
  'net.ipv4.neigh.default.gc_thresh2',
  'net.ipv4.neigh.default.gc_thresh1',
];
const LAST: readonly string[] = ['net.netfilter.nf_conntrack_tcp_timeout_established'];

/** What the plan sets at run time, in an order that never makes things worse. */
export function runtimeChanges(plan: Plan): SysctlChange[] {
  const loaded = plan.host.conntrack.module !== 'absent';
  return sysctlsOf(
    plan,
    (one) =>
      (one.action === 'raise' || one.action === 'lower' || one.action === 'set') &&
      (loaded || !isOfConntrack(one.name)),
  );
}

/**
 * What the plan keeps over a reboot: what it changes, and what already is just as it wants it, most likely because it
 * was applied before. Conntrack's are kept where its module is not loaded too: it may be one day.
 */
export function persistentSysctls(plan: Plan): SysctlChange[] {
  return sysctlsOf(
    plan,
    (one) => one.action !== 'leave' && (one.action !== 'enough' || one.current === one.needed),
  );
}

function sysctlsOf(plan: Plan, wanted: (setting: Setting) => boolean): SysctlChange[] {
  return plan.settings
    .filter((one) => one.kind === 'sysctl' && wanted(one))
    .flatMap(({ name, current, needed }) => (needed === null ? [] : [{ name, from: current, to: needed }]))
    .sort((a, b) => rank(a.name) - rank(b.name));
}

function rank(name: string): number {
  const place = FIRST.indexOf(name);
  if (place >= 0) return place;
  return LAST.includes(name) ? Number.MAX_SAFE_INTEGER : FIRST.length;
}

/** Whether a name is one of conntrack's, which is there only once its module is. */
export function isOfConntrack(name: string): boolean {
  return name.startsWith('net.netfilter.nf_conntrack_');
}
