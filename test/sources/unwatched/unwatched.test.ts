import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clsactIn, tcProgramIn, xdpIn } from '../../../src/sources/unwatched/bpf-programs.js';
import { findByFiles, findIoUring } from '../../../src/sources/unwatched/by-files.js';

/** A /proc and a /sys with these files. */
function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'ctdiag-unwatched-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test.each<[what: string, files: Record<string, string>, found: string[]]>([
  ['nothing', { 'proc/modules': 'nf_conntrack 1 2 - Live 0x0\n' }, []],
  [
    'modules that are loaded and unused',
    { 'proc/modules': 'openvswitch 1 0 - Live 0x0\nnft_queue 1 0 - Live 0x0\n' },
    [],
  ],
  [
    'Open vSwitch and a rule that queues',
    { 'proc/modules': 'openvswitch 200 12 - Live 0x0\nxt_NFQUEUE 1 1 - Live 0x0\n' },
    ['open-vswitch: module openvswitch, 12 references', 'nfqueue: module xt_NFQUEUE, 1 reference'],
  ],
  [
    'IPVS with services, a program at a queue',
    {
      'proc/net/ip_vs':
        'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward\nTCP  0A000001:0050 rr\n  -> 0A000002:0050 Masq 1 0 0\n',
      'proc/net/netfilter/nfnetlink_queue': '    3   1234     0 2 65531     0     0        5  1\n',
    },
    ['ipvs: 1 service in /proc/net/ip_vs', 'nfqueue: queue 3'],
  ],
  [
    'IPVS without services',
    {
      'proc/net/ip_vs':
        'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n',
    },
    [],
  ],
  [
    'data paths of Cilium and Calico',
    { 'sys/class/net/cilium_host/mtu': '', 'sys/class/net/bpfin.cali/mtu': '' },
    ['cilium: interface cilium_host', 'calico-ebpf: interface bpfin.cali'],
  ],
  [
    'a ring that was full',
    {
      'sys/class/net/eth0/statistics/rx_missed_errors': '17\n',
      'sys/class/net/eth1/statistics/rx_missed_errors': '0\n',
    },
    ['nic-rings: eth0: 17 rx_missed_errors since boot'],
  ],
])('%s', (_what, files, found) => {
  const root = tree(files);
  const paths = findByFiles(join(root, 'proc'), join(root, 'sys'));
  expect(paths.map(({ id, seen }) => `${id}: ${seen}`)).toEqual(found);
});

test('a process that listens and holds an io_uring is named, others are not', () => {
  const root = tree({ '10/comm': 'plain\n', '11/comm': 'fast\n', '10/fd/x': '', '11/fd/x': '' });
  symlinkSync('socket:[5]', join(root, '10/fd/3'));
  symlinkSync('anon_inode:[io_uring]', join(root, '11/fd/3'));
  expect(findIoUring(root, [10])).toEqual([]);
  expect(findIoUring(root, [10, 11, 12])).toEqual([{ id: 'io-uring', seen: 'fast(11) holds an io_uring' }]);
});

// Lines as iproute2 6.1 prints them.
test.each([
  [
    '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 xdpgeneric qdisc fq_codel state UP \\    prog/xdp id 37 ',
    { name: 'eth0', program: null },
  ],
  [
    '2: eth0: <BROADCAST,UP> mtu 1500 xdp qdisc mq state UP \\    prog/xdp id 37 name drop_ssh tag 57cd311f2e27366b jited ',
    { name: 'eth0', program: 'drop_ssh' },
  ],
  [
    '2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 xdp qdisc noqueue state UP ',
    { name: 'eth0', program: null },
  ],
  ['2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP ', null],
  ['2: xdp0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP ', null],
])('%s: XDP at %s', (line, name) => {
  expect(xdpIn(line)).toEqual(name);
});

test.each([
  [
    'filter protocol all pref 1 bpf chain 0 handle 0x1 cil_from_netdev direct-action not_in_hw id 9 name cil_from_netdev tag 5',
    'cil_from_netdev',
  ],
  [
    'filter protocol all pref 1 bpf chain 0 handle 0x1 drop.o:[tc] direct-action not_in_hw id 9',
    'drop.o:[tc]',
  ],
  ['filter protocol all pref 1 bpf chain 0 handle 0x1 direct-action not_in_hw id 9', ''],
  ['filter protocol all pref 1 bpf chain 0 handle 0x1 \u001b[2Jevil direct-action id 9', ''],
  ['filter protocol ip pref 49152 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0', null],
])('%s: program %s', (line, name) => {
  expect(tcProgramIn(line)).toBe(name);
});

test.each([
  ['qdisc clsact ffff: dev eth0 parent ffff:fff1 ', 'eth0'],
  ['qdisc fq_codel 0: dev eth0 root refcnt 2 ', null],
  ['qdisc clsact ffff: dev --batch parent ffff:fff1 ', null],
])('%s: filters at %s', (line, name) => {
  expect(clsactIn(line)).toBe(name);
});
