import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeRecord } from '../../../src/records/index.js';
import { readHostSettings } from '../../../src/sources/settings/settings-source.js';
import { parseSysctlLines, sysctlKey } from '../../../src/sources/settings/sysctl-files.js';
import { plant } from './tree.js';
import type { Planted } from './tree.js';

const PROC = {
  'proc/1/comm': 'systemd\n',
  'proc/stat': 'cpu  1 2\ncpu0 1 2\ncpu1 1 2\nbtime 1795297626\n',
  'proc/cmdline': 'quiet nf_conntrack.hashsize=4096 sysctl.net.core.somaxconn=77\n',
};

function read(files: Readonly<Record<string, Planted>>): ReturnType<typeof readHostSettings> {
  const root = plant({ ...PROC, 'run/systemd/system/x': '', ...files });
  return readHostSettings(root, '6.1.0-test');
}

test('a host is read with its links, masks, modules and rules', () => {
  const settings = read({
    'etc/sysctl.conf': 'net.ipv4.tcp_syncookies = 1\n',
    'etc/sysctl.d/99-sysctl.conf': { linkTo: '/etc/sysctl.conf' },
    'etc/sysctl.d/10-x.conf': '# none\n\n-net.netfilter.nf_conntrack_max = 9\nnonsense\n',
    'usr/lib/sysctl.d/10-x.conf': 'net.core.somaxconn=1\n',
    'etc/modprobe.d/c.conf':
      'options nf-conntrack hashsize=1024\\\n expect_hashsize=2\ninstall nf_conntrack /sbin/modprobe --ignore-install nf_conntrack && /sbin/sysctl -q -w net.netfilter.nf_conntrack_max=7\n',
    'etc/modules-load.d/m.conf': '# x\nip_vs\n',
    'lib/modules/6.1.0-test/modules.builtin': 'kernel/net/netfilter/nf_conntrack.ko\n',
    'etc/udev/rules.d/91-c.rules':
      'ACTION=="add", SUBSYSTEM=="module", KERNEL=="nf_conntrack", \\\n  RUN+="/usr/lib/systemd/systemd-sysctl --prefix=/net/netfilter"\n',
    'proc/812/comm': 'kube-proxy\n',
  });
  expect(settings).toMatchObject({
    reader: 'systemd-sysctl',
    inContainer: false,
    inInitNetns: null,
    bootedAtMs: 1_795_297_626_000,
    cpus: 2,
    sysctlFiles: [
      { file: '/proc/cmdline', lines: [{ key: 'net/core/somaxconn', value: '77' }] },
      {
        file: '/etc/sysctl.d/10-x.conf',
        readAtBoot: true,
        lines: [{ line: 3, key: 'net/netfilter/nf_conntrack_max', value: '9' }],
      },
      { file: '/usr/lib/sysctl.d/10-x.conf', readAtBoot: false, maskedBy: '/etc/sysctl.d/10-x.conf' },
      { file: '/etc/sysctl.d/99-sysctl.conf', linkTo: '/etc/sysctl.conf', readAtBoot: true },
    ],
    moduleLoads: [
      { module: 'nf_conntrack', by: 'built-in', file: '/lib/modules/6.1.0-test/modules.builtin', line: 1 },
      { module: 'ip_vs', by: 'modules-load', file: '/etc/modules-load.d/m.conf', line: 2 },
    ],
    moduleOptions: [
      { module: 'nf_conntrack', option: 'hashsize', value: '1024', file: '/etc/modprobe.d/c.conf', line: 1 },
      { option: 'expect_hashsize', value: '2' },
      { option: 'hashsize', value: '4096', file: '/proc/cmdline', line: null },
    ],
    reapplied: [
      { by: 'udev', prefix: 'net/netfilter', sets: null, file: '/etc/udev/rules.d/91-c.rules', line: 1 },
      { by: 'modprobe', prefix: null, sets: { key: 'net/netfilter/nf_conntrack_max', value: '7' }, line: 3 },
    ],
    kubeProxy: { pid: 812, comm: 'kube-proxy' },
    unreadable: [],
  });
  expect(settings.sysctlFiles).toHaveLength(4);
  // A capture keeps it as it is.
  expect(decodeRecord(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
});

test('without a link systemd does not read /etc/sysctl.conf, procps does', () => {
  const files = { 'etc/sysctl.conf': 'a.b=1', 'usr/sbin/sysctl': '' };
  expect(read(files).sysctlFiles.at(-1)).toMatchObject({ file: '/etc/sysctl.conf', readAtBoot: false });
  const root = plant({ ...files, 'proc/1/comm': 'init\n' });
  expect(readHostSettings(root)).toMatchObject({
    reader: 'procps',
    sysctlFiles: [{ file: '/etc/sysctl.conf', readAtBoot: true }],
  });
});

test.each([
  [
    'another action',
    'ACTION=="remove", SUBSYSTEM=="module", KERNEL=="nf_conntrack", RUN+="/sbin/sysctl --system"',
  ],
  ['another module', 'SUBSYSTEM=="module", KERNEL=="nf_conntrack_ftp", RUN+="/sbin/sysctl --system"'],
  ['another subsystem', 'SUBSYSTEM=="net", KERNEL=="nf_conntrack", RUN+="/sbin/sysctl --system"'],
  ['no module named', 'SUBSYSTEM=="module", RUN+="/bin/echo nf_conntrack"'],
  ['another command', 'SUBSYSTEM=="module", KERNEL=="nf_conntrack", RUN+="/bin/true"'],
  ['a comment', '# SUBSYSTEM=="module", KERNEL=="nf_conntrack", RUN+="/sbin/sysctl --system"'],
])('a rule of %s applies nothing', (_what, rule) => {
  expect(read({ 'etc/udev/rules.d/1.rules': rule }).reapplied).toEqual([]);
});

test.each([
  ['KERNEL=="nf_conn*"', 'RUN+="/sbin/sysctl --system"', null],
  ['KERNEL=="ip_vs|nf_conntrack"', 'RUN{program}+="/usr/sbin/sysctl -q -p /etc/sysctl.d/1.conf"', null],
  ['KERNEL=="nf_conntrack"', 'SYSCTL{net/netfilter/nf_conntrack_max}="5"', '5'],
  ['KERNEL=="nf_conntrack"', `RUN+="/bin/sh -c 'sysctl net.netfilter.nf_conntrack_max=6'"`, '6'],
])('%s with %s applies it', (match, command, value) => {
  const rule = `ACTION=="add", SUBSYSTEM=="module", ${match}, ${command}`;
  expect(read({ 'usr/lib/udev/rules.d/1.rules': rule }).reapplied).toMatchObject([
    { sets: value === null ? null : { key: 'net/netfilter/nf_conntrack_max', value } },
  ]);
});

test('names are read by the separator that comes first', () => {
  expect(sysctlKey('net.ipv4.conf.eth0/100.rp_filter')).toBe('net/ipv4/conf/eth0.100/rp_filter');
  expect(sysctlKey('net/ipv4/conf/eth0.100/rp_filter')).toBe('net/ipv4/conf/eth0.100/rp_filter');
  expect(sysctlKey('/proc/sys/net/core/somaxconn')).toBe('net/core/somaxconn');
});

test('lines that are no assignments, and too many of them, are passed over', () => {
  expect(parseSysctlLines('x\n=1\n-y\n;z=1\n a . b = 2 = 3 ')).toEqual([
    { line: 3, key: 'y', value: null },
    { line: 5, key: 'a / b', value: '2 = 3' },
  ]);
  expect(parseSysctlLines('a=1\n'.repeat(100_000)).length).toBe(1000);
  expect(parseSysctlLines(`a=${'x'.repeat(100_000)}`)[0]?.value?.length).toBe(1024);
});

test('what is no file in the place of one is named, and holds nothing up', () => {
  const root = plant({
    ...PROC,
    'run/systemd/system/x': '',
    'etc/sysctl.d/a.conf': { linkTo: 'b.conf' },
    'etc/sysctl.d/b.conf': { linkTo: 'a.conf' },
  });
  mkdirSync(join(root, 'etc/sysctl.d/folder.conf'));
  execFileSync('mkfifo', [join(root, 'etc/sysctl.d/pipe.conf')]);
  writeFileSync(join(root, 'etc/sysctl.d/large.conf'), 'a=1\n'.repeat(400_000));
  // Out of the root by dots: it ends at the root.
  symlinkSync('../../../../../../etc/hostname', join(root, 'etc/sysctl.d/out.conf'));
  const settings = readHostSettings(root);
  expect(settings.unreadable.map((item) => item.what).sort()).toEqual([
    '/etc/sysctl.d/a.conf',
    '/etc/sysctl.d/b.conf',
    '/etc/sysctl.d/folder.conf',
    '/etc/sysctl.d/large.conf',
    '/etc/sysctl.d/pipe.conf',
  ]);
  expect(
    settings.sysctlFiles.every((sysctlFile) =>
      sysctlFile.lines.every(({ key }) => key === 'net/core/somaxconn'),
    ),
  ).toBe(true);
});
