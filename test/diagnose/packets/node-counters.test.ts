import { describe, expect, test } from 'vitest';
import { LEVEL, ROOM } from '../conntrack-figures.js';
import { codesIn, findingsIn } from '../host-scenario.js';

describe('counters of the node', () => {
  test('neighbours that find no room, with the table beside them', () => {
    const [first] = findingsIn({
      node: (second) => ({
        'arp_cache.entries': 1024,
        'arp_cache.table_fulls': 7 + 3 * second,
        'net.ipv4.neigh.default.gc_thresh3': 1024,
      }),
    });
    expect(first).toMatchObject({
      code: 'neighbour-table-overflow',
      severity: 'critical',
      refused: 60,
      subject: { kind: 'node' },
      fixes: [{ id: 'raise-gc-thresh', family: 'ipv4', from: 1024, to: 4096 }],
    });
    expect(first?.evidence[1]).toMatchObject({ metric: 'arp_cache.entries', value: 1024, limit: 1024 });
  });

  test.for([
    ['a full neighbour table that refuses nobody', { 'arp_cache.entries': 1024, 'arp_cache.table_fulls': 9 }],
    ['old drops of the backlog', { 'softnet.dropped': 500, 'softnet.processed': 1 }],
    ['an allowance exceeded long ago', { 'ena.conntrack_allowance_exceeded': 8 }],
    ['DNS packets dropped long ago', { 'ena.linklocal_allowance_exceeded': 800 }],
  ] as const)('%s is no finding', ([, figures]) => {
    expect(codesIn({ node: () => ({ 'net.ipv4.neigh.default.gc_thresh3': 1024, ...figures }) })).toEqual([]);
  });

  test('SYN queues that fill because answers find no neighbour follow from that', () => {
    const found = findingsIn({
      host: (second) => ({ 'TcpExt.TCPReqQFullDrop': second }),
      node: (second) => ({ 'arp_cache.entries': 1024, 'arp_cache.table_fulls': 3 * second }),
    });
    expect(found.map((finding) => [finding.code, finding.causedBy])).toEqual([
      ['neighbour-table-overflow', null],
      ['syn-queue-overflow', 'neighbour-table-overflow'],
    ]);
  });

  test('a handful of packets beyond the backlog is no finding', () => {
    expect(
      codesIn({
        node: (second) => ({ 'softnet.processed': 9 * second, 'softnet.dropped': Math.min(6, second) }),
      }),
    ).toEqual([]);
  });

  test.for([
    [10, 'warning'],
    [1000, 'critical'],
  ] as const)('of 10,000 packets a second %d beyond the backlog: %s', ([drops, severity]) => {
    expect(
      codesIn({
        node: (second) => ({
          'softnet.processed': 10_000 * second,
          'softnet.dropped': drops * second,
          'net.core.netdev_max_backlog': 1000,
        }),
      }),
    ).toEqual([['netdev-backlog-drop', severity]]);
  });

  test('what the cloud drops is not the kernel’s table', () => {
    expect(
      codesIn({
        host: () => LEVEL,
        node: (second) => ({
          ...ROOM(second),
          'ena.conntrack_allowance_exceeded': 50 * second,
          'ena.conntrack_allowance_available': 0,
        }),
      }),
    ).toEqual([['cloud-conntrack-allowance', 'critical']]);
  });

  test('what the cloud drops on the way to its DNS comes before packets that it may only have queued', () => {
    const found = findingsIn({
      node: (second) => ({
        'ena.pps_allowance_exceeded': 90 * second,
        'ena.linklocal_allowance_exceeded': 5 * second,
      }),
    });
    expect(found).toMatchObject([
      {
        code: 'cloud-network-allowance',
        severity: 'warning',
        confidence: 0.9,
        refused: 100,
        evidence: [
          { metric: 'ena.linklocal_allowance_exceeded', value: 100 },
          { metric: 'ena.pps_allowance_exceeded', value: 1800 },
        ],
        fixes: [{ id: 'find-cloud-drops' }, { id: 'spare-cloud-allowance', allowance: 'link-local' }],
      },
    ]);
  });

  test.for([
    ['bursts above the bandwidth', 4, []],
    ['a bandwidth that is used up', 40, [['cloud-network-allowance', 'warning']]],
  ] as const)('%s', ([, perSec, expected]) => {
    expect(codesIn({ node: (second) => ({ 'ena.bw_out_allowance_exceeded': perSec * second }) })).toEqual(
      expected,
    );
  });
});

test('neighbours are told against the limit that was in force, though it has been raised since', () => {
  const [first] = findingsIn({
    node: (second) => ({
      'net.ipv4.neigh.default.gc_thresh3': second === 4 || second === 5 ? 64 : 1024,
      'arp_cache.entries': second < 5 ? 4 : 65,
      'arp_cache.table_fulls': second < 5 ? 0 : 188,
    }),
  });
  expect(first).toMatchObject({ code: 'neighbour-table-overflow', refused: 188, fixes: [] });
  expect(first?.evidence.at(-1)).toMatchObject({ metric: 'arp_cache.entries', value: 65, limit: 64 });
  const [still] = findingsIn({
    node: (second) => ({
      'net.ipv4.neigh.default.gc_thresh3': second < 5 ? 64 : 1024,
      'arp_cache.entries': 1024,
      'arp_cache.table_fulls': 9 * second,
    }),
  });
  expect(still).toMatchObject({ untilMs: null, fixes: [{ id: 'raise-gc-thresh', from: 1024 }] });
});
