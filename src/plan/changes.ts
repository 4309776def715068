import { ownValue, staysWithoutOwn } from './check/own-files.js';
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
  return sysctlsOf(plan, ({ name, action, needed }) =>
    (action === 'raise' || action === 'lower' || action === 'set') && (loaded || !isOfConntrack(name))
      ? needed
      : null,
  );
}

/**
 * What the plan keeps over a reboot: what it changes, and what is enough as it runs but would not be after a boot
 * without this file, such as the values of a plan applied before. Those are kept as they run: a figure that is
 * greater than needed is never lowered. Conntrack's are kept where its module is not loaded too: it may be one day.
 */
export function persistentSysctls(plan: Plan): SysctlChange[] {
  return sysctlsOf(plan, (setting) => keptValue(setting, plan));
}

function keptValue({ name, action, current, needed }: Setting, { files, host }: Plan): string | null {
  const own = files === null ? null : ownValue(files.settings, name);
  switch (action) {
    case 'raise':
    case 'lower':
    case 'set':
      return needed;
    case 'enough':
      if (current === null || needed === null) return null;
      // Without the files, what is just as it is wanted was most likely applied before.
      if (files === null) return current === needed ? needed : null;
      return own !== null || !staysWithoutOwn(files.settings, host, { name, value: needed }) ? current : null;
    case 'leave':
      // A plan leaves alone what fits, which may be so because our own file made it fit.
      return own === null ? null : (current ?? own);
  }
}

function sysctlsOf(plan: Plan, valueOf: (setting: Setting) => string | null): SysctlChange[] {
  return plan.settings
    .filter((setting) => setting.kind === 'sysctl')
    .flatMap((setting) => {
      const to = valueOf(setting);
      return to === null ? [] : [{ name: setting.name, from: setting.current, to }];
    })
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
