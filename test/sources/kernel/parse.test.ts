import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  parseConntrackStat,
  parseFileNr,
  parseLoadavg,
  parseSlabinfo,
  parseModules,
  parseNeighbours,
  parseNetstat,
  parseSockstat,
  parseSoftnet,
  parseSysctl,
} from '../../../src/sources/kernel/parse.js';

const recorded = (name: string): string =>
  readFileSync(new URL(`../../fixtures/proc/${name}`, import.meta.url), 'utf8');

test('conntrack columns are summed over CPUs by their titles, entries are not', () => {
  const text = [
    'entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new',
    '00010000  00000001 00000002 00000000 00000003 00000000 00000000 00000004 00000005 00000006 000007d0 00000007 00000008  00000000',
    '00010000  00000001 00000002 00000000 00000003 00000000 00000000 00000004 00000005 00000006 00000010 00000007 00000008  00000000',
  ].join('\n');
  expect(parseConntrackStat(text)).toEqual({
    'net.netfilter.nf_conntrack_count': 65_536,
    'nf_conntrack.clash_resolve': 2,
    'nf_conntrack.found': 4,
    'nf_conntrack.invalid': 6,
    'nf_conntrack.chaintoolong': 8,
    'nf_conntrack.insert': 10,
    'nf_conntrack.insert_failed': 12,
    'nf_conntrack.drop': 2016,
    'nf_conntrack.early_drop': 14,
    'nf_conntrack.error': 16,
  });
});

test('a column that this kernel lacks is left out, not 0', () => {
  // 5.4 has `searched` and `delete_list` in the places of the newer names.
  const old = 'entries  searched found new invalid\n00000001  00000002 00000003 00000004 00000005\n';
  expect(parseConntrackStat(old)).toEqual({
    'net.netfilter.nf_conntrack_count': 1,
    'nf_conntrack.found': 3,
    'nf_conntrack.invalid': 5,
  });
});

test.for([
  ['none was ever made', ['00000000', '00000000'], ['00000000', '00000000'], undefined],
  ['made on one processor and removed on the other', ['00000009', '00000000'], ['00000002', '00000003'], 4],
  ['all are gone', ['00000009', '00000000'], ['00000004', '00000005'], 0],
  ['a counter that began anew', ['00000002', '00000000'], ['fffffffe', '00000000'], 4],
  ['more removed than made', ['00000002', '00000000'], ['00000003', '00000000'], null],
] as const)('expectations, %s', ([, created, deleted, expected]) => {
  const rows = [0, 1].map((cpu) => `00000001 ${created[cpu]} ${deleted[cpu]}`);
  const text = ['entries expect_create expect_delete', ...rows].join('\n');
  expect(parseConntrackStat(text)['nf_conntrack.expect_count']).toBe(expected);
});

test('a figure that is no figure is unknown', () => {
  const torn = 'entries  found drop\n00000001  0000000x 0000\n00000001  00000001\n';
  expect(parseConntrackStat(torn)).toMatchObject({ 'nf_conntrack.found': null, 'nf_conntrack.drop': null });
});

test('128 processors are summed', () => {
  const rows = Array.from({ length: 128 }, () => '00000009  00000000 ffffffff').join('\n');
  expect(parseConntrackStat(`entries  found drop\n${rows}\n`)['nf_conntrack.drop']).toBe(128 * 0xffff_ffff);
});

test('netstat and snmp are read by group and title, in any order of columns', () => {
  const text =
    'TcpExt: Other ListenDrops ListenOverflows\nTcpExt: 9 7 5\nTcp: CurrEstab PassiveOpens\nTcp: 3 18446744073709551615\n';
  expect(parseNetstat(text)).toEqual({
    'TcpExt.ListenDrops': 7,
    'TcpExt.ListenOverflows': 5,
    'Tcp.CurrEstab': 3,
    // Beyond what is exact: unknown, not nearly.
    'Tcp.PassiveOpens': null,
  });
});

test('recorded files of 6.18 are read', () => {
  expect(parseConntrackStat(recorded('nf_conntrack-6.18'))['nf_conntrack.drop']).toBe(0);
  expect(parseSockstat(recorded('sockstat-6.18'))).toEqual({
    'sockstat.sockets.used': 39,
    'sockstat.TCP.inuse': 1,
    'sockstat.TCP.orphan': 0,
    'sockstat.TCP.tw': 0,
    'sockstat.TCP.alloc': 1,
    'sockstat.TCP.mem': 156,
  });
  expect(parseSoftnet(recorded('softnet_stat-6.18'))).toEqual({
    'softnet.processed': 64_247,
    'softnet.dropped': 0,
  });
});

test('sysctls of several figures are read by place', () => {
  expect(parseSysctl('45681\t60909\t91362\n', [null, null, 'net.ipv4.tcp_mem.max'])).toEqual({
    'net.ipv4.tcp_mem.max': 91_362,
  });
  expect(parseFileNr('1234\t0\t9223372036854775807\n')).toEqual({ 'fs.file-nr.allocated': 1234 });
  expect(parseSysctl('', ['fs.file-max'])).toEqual({ 'fs.file-max': null });
  // What systemd sets: too large to be exact, and as good as none.
  expect(parseSysctl('9223372036854775807\n', ['fs.file-max'])).toEqual({
    'fs.file-max': Number.MAX_SAFE_INTEGER,
  });
  expect(parseSysctl('-1\n', ['fs.file-max'])).toEqual({ 'fs.file-max': null });
});

test('neighbours that found no room are summed over CPUs, entries are not', () => {
  expect(parseNeighbours(recorded('arp_cache-6.18'), 'arp_cache')).toEqual({
    'arp_cache.entries': 2,
    'arp_cache.table_fulls': 0,
  });
  const full = 'entries  allocs table_fulls\n00000400 00000001 0000000a\n00000400 00000001 00000010\n';
  expect(parseNeighbours(full, 'ndisc_cache')).toEqual({
    'ndisc_cache.entries': 1024,
    'ndisc_cache.table_fulls': 26,
  });
  expect(parseNeighbours('entries  allocs\n00000400 00000001\n', 'arp_cache')).toMatchObject({
    'arp_cache.table_fulls': null,
  });
});

test.for([
  [
    'rules that rewrite sources',
    'nf_conntrack 180224 2 nft_masq,nf_nat, Live 0x0\nnft_masq 16384 2 - Live 0x0\n',
    2,
  ],
  [
    'none, though conntrack is loaded',
    'nf_conntrack 180224 1 nft_ct, Live 0x0\nxt_nat_other 1 5 - Live 0x0\n',
    0,
  ],
  ['a module without a rule', 'xt_MASQUERADE 16384 0 - Live 0x0\nnf_conntrack 180224 1 - Live 0x0\n', 0],
  ['a kernel with conntrack built in', 'veth 36864 0 - Live 0x0\n', null],
] as const)('references on NAT: %s', ([, text, expected]) => {
  expect(parseModules(text)).toMatchObject({ 'modules.nat_references': expected });
});

test('sockets over IPv6 stand in a file of their own', () => {
  expect(parseSockstat('TCP6: inuse 7\nUDP6: inuse 2\n', 'sockstat6')).toEqual({ 'sockstat6.TCP6.inuse': 7 });
});

test.for([
  ['0.20 0.18 0.12 1/80 11206\n', 80],
  ['0.20 0.18 0.12 1 11206\n', null],
  ['', null],
] as const)('tasks of the host: %j', ([text, expected]) => {
  expect(parseLoadavg(text)).toEqual({ 'loadavg.tasks': expected });
});

test('the size of a conntrack entry is the fourth column of its slab, and no other’s', () => {
  const title = 'slabinfo - version: 2.1\n# name <active_objs> <num_objs> <objsize> …\n';
  const others = 'nf_conntrack_expect 0 0 208 39 2 : tunables 0 0 0 : slabdata 0 0 0\n';
  const own = 'nf_conntrack         52     76    256   16    1 : tunables 0 0 0 : slabdata 4 4 0\n';
  expect(parseSlabinfo(title + others + own)).toEqual({ 'slab.nf_conntrack.objsize': 256 });
  expect(parseSlabinfo(title + others)).toEqual({ 'slab.nf_conntrack.objsize': null });
});
