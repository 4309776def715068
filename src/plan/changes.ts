import { ownValue, holdsWithoutOwnFile } from './check/own-files.js';
import type { Plan } from './plan.js';
import { kernelDefault } from '../limits/index.js';
import type { HostReading } from '../records/index.js';
import type { Setting } from './setting.js';

/** A sysctl to be written. */
export interface SysctlChange {
  readonly name: string;
  /** `null` is unknown. */
  readonly from: string | null;
  readonly to: string;
}

/**
 * The order of changes, so that no step makes the host worse: buckets before the maximum, limits of the host before
 * limits of a process, tcp_mem before what depends on it. Lowered timeouts come last.
 */
const CHANGED_FIRST: readonly string[] = [
  'net.netfilter.nf_conntrack_buckets',
  'net.netfilter.nf_conntrack_max',
  'fs.file-max',
  'fs.nr_open',
  'net.ipv4.tcp_mem',
  'net.ipv4.tcp_syncookies',
  'net.core.somaxconn',
  // Highest first: a threshold must never be above the next one.
  'net.ipv4.neigh.default.gc_thresh3',
  'net.ipv4.neigh.default.gc_thresh2',
  'net.ipv4.neigh.default.gc_thresh1',
];
const CHANGED_LAST: readonly string[] = ['net.netfilter.nf_conntrack_tcp_timeout_established'];

/** The sysctls that the plan sets now, in an order that never makes the host worse. */
export function runtimeChanges(plan: Plan): SysctlChange[] {
  const loaded = plan.host.conntrack.module !== 'absent';
  return sysctlsOf(plan, ({ name, action, needed }) =>
    (action === 'raise' || action === 'lower' || action === 'set') && (loaded || !isConntrackSysctl(name))
      ? needed
      : null,
  );
}

/**
 * The sysctls that the plan writes to a file: what it changes, and what is enough now but would be lost at a reboot
 * without this file, such as the values of an earlier plan. Those keep their running value: nothing is lowered.
 * Conntrack's settings are written even if its module is not loaded: it may be loaded later.
 */
export function persistentSysctls(plan: Plan): SysctlChange[] {
  return sysctlsOf(plan, (setting) => persistentValue(setting, plan));
}

function persistentValue({ name, action, current, needed }: Setting, { files, host }: Plan): string | null {
  const own = files === null ? null : ownValue(files.settings, name);
  switch (action) {
    case 'raise':
    case 'lower':
    case 'set':
      return needed;
    case 'enough':
      if (current === null || needed === null) return null;
      // Without the files: a value exactly as needed was probably applied by an earlier plan, unless the kernel sets it.
      if (files === null) return current === needed && !isKernelDefault(name, needed, host) ? needed : null;
      return own !== null || !holdsWithoutOwnFile(files.settings, host, { name, value: needed })
        ? current
        : null;
    case 'leave':
      // It may be fine only because of our own file.
      return own === null ? null : (current ?? own);
  }
}

function isKernelDefault(name: string, value: string, { kernel, memoryBytes, cpus }: HostReading): boolean {
  const facts = { kernel: kernel ?? '', memTotalBytes: memoryBytes, cpus, hashsize: null };
  return kernelDefault(name, facts)?.value === value;
}

function sysctlsOf(plan: Plan, valueOf: (setting: Setting) => string | null): SysctlChange[] {
  return plan.settings
    .filter((setting) => setting.kind === 'sysctl')
    .flatMap((setting) => {
      const to = valueOf(setting);
      return to === null ? [] : [{ name: setting.name, from: setting.current, to }];
    })
    .sort((a, b) => changeRank(a.name) - changeRank(b.name));
}

function changeRank(name: string): number {
  const place = CHANGED_FIRST.indexOf(name);
  if (place >= 0) return place;
  return CHANGED_LAST.includes(name) ? Number.MAX_SAFE_INTEGER : CHANGED_FIRST.length;
}

/** Whether the sysctl exists only while nf_conntrack is loaded. */
export function isConntrackSysctl(name: string): boolean {
  return name.startsWith('net.netfilter.nf_conntrack_');
}
