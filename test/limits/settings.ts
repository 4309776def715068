import type { SettingsRecord, SysctlFile, SysctlLine } from '../../src/records/index.js';

/** A host on which systemd boots and nothing is set. */
export const NOTHING_SET: SettingsRecord = {
  type: 'settings',
  elapsedMs: 0,
  reader: 'systemd-sysctl',
  inContainer: false,
  inInitNetns: true,
  bootedAtMs: 1_795_000_000_000,
  cpus: 4,
  sysctlFiles: [],
  moduleLoads: [],
  moduleOptions: [],
  reapplied: [],
  kubeProxy: null,
  services: [],
  unreadable: [],
};

/** A file with these lines, a key and its value each. */
export function sysctlFile(
  file: string,
  lines: readonly (readonly [key: string, value: string | null])[],
  changes: Partial<SysctlFile> = {},
): SysctlFile {
  return {
    file,
    linkTo: null,
    maskedBy: null,
    readAtBoot: true,
    changedAtMs: 1_794_000_000_000,
    lines: lines.map(([key, value], index): SysctlLine => ({ line: index + 1, key, value })),
    ...changes,
  };
}

/** One of everything. */
export const SETTINGS: SettingsRecord = {
  ...NOTHING_SET,
  sysctlFiles: [
    sysctlFile(
      '/etc/sysctl.d/99-sysctl.conf',
      [
        ['net/netfilter/nf_conntrack_max', '262144'],
        ['net/ipv4/conf/lo/rp_filter', null],
      ],
      { linkTo: '/etc/sysctl.conf' },
    ),
    sysctlFile('/usr/lib/sysctl.d/10-a.conf', [], { maskedBy: '/etc/sysctl.d/10-a.conf', changedAtMs: null }),
  ],
  moduleLoads: [{ module: 'nf_conntrack', by: 'command-line', file: '/proc/cmdline', line: null }],
  moduleOptions: [
    { module: 'nf_conntrack', option: 'hashsize', value: '4096', file: '/etc/modprobe.d/a.conf', line: 2 },
  ],
  reapplied: [
    {
      module: 'nf_conntrack',
      by: 'modprobe',
      sets: { key: 'net/netfilter/nf_conntrack_max', value: '9' },
      prefix: null,
      file: '/etc/modprobe.d/a.conf',
      line: 3,
    },
  ],
  kubeProxy: { pid: 812, comm: 'kube-proxy' },
  services: [
    {
      pid: 171,
      unit: 'broker.service',
      nofile: { file: '/etc/systemd/system/broker.service.d/limits.conf', line: 2, value: '65536' },
      by: 'unit',
    },
    { pid: 9, unit: null, nofile: null, by: null },
  ],
  unreadable: [{ what: '/etc/sysctl.d/b.conf', why: 'EACCES' }],
};
