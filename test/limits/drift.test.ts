import { expect, test } from 'vitest';
import { driftOf, fileValueOf } from '../../src/limits/index.js';
import type { DriftVerdict } from '../../src/limits/index.js';
import type { SettingsRecord, SysctlReapplied } from '../../src/records/index.js';
import { NOTHING_SET, sysctlFile } from './settings.js';

const HOST = { kernel: '6.1.0-49-amd64', memTotalBytes: 3 * 1024 ** 3 };
const MAX = 'net.netfilter.nf_conntrack_max';
const FILE = '/etc/sysctl.d/90-conntrack.conf';

const inFile = {
  ...NOTHING_SET,
  sysctlFiles: [sysctlFile(FILE, [['net/netfilter/nf_conntrack_max', '262144']])],
};
const newFile = {
  ...inFile,
  sysctlFiles: inFile.sysctlFiles.map((sysctlFile) => ({ ...sysctlFile, changedAtMs: 1_795_000_000_001 })),
};
const udev: SysctlReapplied = {
  module: 'nf_conntrack',
  by: 'udev',
  sets: null,
  prefix: 'net/netfilter',
  file: '/etc/udev/rules.d/91-nf_conntrack.rules',
  line: 1,
};
const kubeProxy = { pid: 9, comm: 'kube-proxy' };

test.each<[string, SettingsRecord, string | null, DriftVerdict]>([
  ['nothing sets it and it is the default', NOTHING_SET, '65536', 'default'],
  ['nothing sets it and it is not the default', NOTHING_SET, '262144', 'run-time-only'],
  ['its running value is unknown', inFile, null, 'unknown'],
  ['the file, tried by a boot, is in force', inFile, '262144', 'same'],
  [
    'the file is newer than the boot and nothing applies it behind the module',
    newFile,
    '262144',
    'lost-at-next-boot',
  ],
  ['a udev rule applies it', { ...newFile, reapplied: [udev] }, '262144', 'same'],
  [
    'a udev rule applies another part only',
    { ...newFile, reapplied: [{ ...udev, prefix: 'net/ipv4' }] },
    '262144',
    'lost-at-next-boot',
  ],
  [
    'a udev rule writes another value',
    {
      ...newFile,
      reapplied: [{ ...udev, prefix: null, sets: { key: 'net/netfilter/nf_conntrack_max', value: '1' } }],
    },
    '262144',
    'lost-at-next-boot',
  ],
  [
    'the module is loaded before',
    {
      ...newFile,
      moduleLoads: [
        { module: 'nf_conntrack', by: 'modules-load', file: '/etc/modules-load.d/a.conf', line: 1 },
      ],
    },
    '262144',
    'same',
  ],
  ['the kernel has its default though a file sets it', inFile, '65536', 'lost-at-module-load'],
  ['it is neither the default nor the file', inFile, '131072', 'drift'],
  [
    'it is the default though a udev rule applies the file',
    { ...inFile, reapplied: [udev] },
    '65536',
    'drift',
  ],
  ['kube-proxy raised it', { ...inFile, kubeProxy }, '524288', 'overwritten-by-kube-proxy'],
  ['kube-proxy sets it', { ...NOTHING_SET, kubeProxy }, '131072', 'set-by-kube-proxy'],
  ['the file is in force beside kube-proxy', { ...inFile, kubeProxy }, '262144', 'same'],
])('%s', (_what, settings, running, verdict) => {
  expect(driftOf(settings, MAX, running, HOST).verdict).toBe(verdict);
});

test('the size of the hash given to the module moves the default', () => {
  const settings = {
    ...inFile,
    moduleOptions: [
      { module: 'nf_conntrack', option: 'hashsize', value: '16384', file: '/etc/modprobe.d/a.conf', line: 1 },
    ],
  };
  expect(driftOf(settings, MAX, '131072', HOST)).toMatchObject({
    verdict: 'lost-at-module-load',
    kernelDefault: { value: '131072', from: 'hashsize' },
  });
});

test('a hashsize that the kernel rounded up is set by modprobe, the maximum with it', () => {
  const settings = {
    ...NOTHING_SET,
    moduleOptions: [
      {
        module: 'nf_conntrack',
        option: 'hashsize',
        value: '100000',
        file: '/etc/modprobe.d/x.conf',
        line: 1,
      },
    ],
  };
  const buckets = driftOf(settings, 'net.netfilter.nf_conntrack_buckets', '100352', HOST);
  expect(buckets).toMatchObject({ verdict: 'default', kernelDefault: { value: '100352', from: 'hashsize' } });
  expect(driftOf(settings, MAX, '802816', HOST).verdict).toBe('default');
  const large = { ...HOST, kernel: '5.14.0-427.el9.aarch64+64k' };
  expect(driftOf(settings, 'net.netfilter.nf_conntrack_buckets', '106496', large).verdict).toBe('default');
});

test("pid_max at the kernel's default is no drift from the file of the distribution, but from one in /etc", () => {
  const setIn = (file: string): SettingsRecord => ({
    ...NOTHING_SET,
    sysctlFiles: [sysctlFile(file, [['kernel/pid_max', '4194304']])],
  });
  const verdict = (file: string): string => driftOf(setIn(file), 'kernel.pid_max', '32768', HOST).verdict;
  expect(verdict('/usr/lib/sysctl.d/50-pid-max.conf')).toBe('default');
  expect(verdict('/etc/sysctl.d/50-pid-max.conf')).toBe('drift');
});

test('a sysctl of no module cannot be lost to one', () => {
  const settings = { ...NOTHING_SET, sysctlFiles: [sysctlFile(FILE, [['net/core/somaxconn', '65535']])] };
  expect(driftOf(settings, 'net.core.somaxconn', '4096', HOST).verdict).toBe('drift');
  expect(driftOf(settings, 'net.core.somaxconn', '65535', HOST).verdict).toBe('same');
});

test('blanks and tabs between several numbers are the same', () => {
  const settings = {
    ...NOTHING_SET,
    sysctlFiles: [sysctlFile(FILE, [['net/ipv4/ip_local_port_range', '1024 65535']])],
  };
  expect(driftOf(settings, 'net.ipv4.ip_local_port_range', '1024\t65535', HOST).verdict).toBe('same');
  expect(driftOf(NOTHING_SET, 'net.ipv4.ip_local_port_range', '32768\t60999', HOST).verdict).toBe('default');
});

test('the losers are named with the reason', () => {
  const key = 'net/netfilter/nf_conntrack_max';
  const settings = {
    ...NOTHING_SET,
    sysctlFiles: [
      sysctlFile('/usr/lib/sysctl.d/10-a.conf', [[key, '1']]),
      sysctlFile('/etc/sysctl.d/20-b.conf', [
        [key, '2'],
        ['net/netfilter/nf_conntrack_*', '3'],
      ]),
      sysctlFile('/usr/lib/sysctl.d/20-b.conf', [[key, '4']], {
        maskedBy: '/etc/sysctl.d/20-b.conf',
        readAtBoot: false,
      }),
      // The other name of the same figure, further down: it is written last.
      sysctlFile('/etc/sysctl.d/99-sysctl.conf', [['net/nf_conntrack_max', '5']], {
        linkTo: '/etc/sysctl.conf',
      }),
      sysctlFile('/etc/other.conf', [[key, '6']], { readAtBoot: false }),
    ],
  };
  expect(fileValueOf(settings, MAX)).toEqual({
    wins: { file: '/etc/sysctl.conf', line: 1, value: '5' },
    loses: [
      { file: '/usr/lib/sysctl.d/20-b.conf', line: 1, value: '4', why: 'masked' },
      { file: '/etc/other.conf', line: 1, value: '6', why: 'not-read' },
      { file: '/usr/lib/sysctl.d/10-a.conf', line: 1, value: '1', why: 'overridden' },
      { file: '/etc/sysctl.d/20-b.conf', line: 2, value: '3', why: 'glob' },
      { file: '/etc/sysctl.d/20-b.conf', line: 1, value: '2', why: 'overridden' },
    ],
  });
});

test('a glob of many stars is matched in no time', () => {
  const settings = {
    ...NOTHING_SET,
    sysctlFiles: [sysctlFile(FILE, [[`net/netfilter/${'*a'.repeat(200)}`, '1']])],
  };
  expect(fileValueOf(settings, `net.netfilter.${'a'.repeat(500)}b`).wins).toBeNull();
});
