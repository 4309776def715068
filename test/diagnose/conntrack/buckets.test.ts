import { describe, expect, test } from 'vitest';
import { LEVEL } from '../conntrack-figures.js';
import { findingsIn } from '../host-scenario.js';
import type { Figures } from '../host-scenario.js';

describe('hash buckets of conntrack', () => {
  const buckets =
    (max: number, count: number): Figures =>
    () => ({ 'net.netfilter.nf_conntrack_max': max, 'net.netfilter.nf_conntrack_buckets': count });
  test.for([
    ['one a bucket', buckets(65_536, 65_536), 100, []],
    ['four, as stock kernels before 5.15', buckets(262_144, 65_536), 200_000, []],
    ['eight, as hashsize gives', buckets(262_144, 32_768), 1000, []],
    ['more, and hardly used', buckets(1_048_576, 65_536), 1000, [['warning', 0.75]]],
    ['more, and crowded', buckets(1_048_576, 65_536), 700_000, [['warning', 0.9]]],
    ['unknown', () => ({ 'net.netfilter.nf_conntrack_max': 1_048_576 }), 1000, []],
  ] as const)('%s', ([, limits, count, expected]) => {
    const found = findingsIn({ host: () => ({ 'net.netfilter.nf_conntrack_count': count }), node: limits });
    expect(found.map((finding) => [finding.severity, finding.confidence])).toEqual(expected);
  });

  test('a chain that is too long refuses flows, and is no clash', () => {
    const found = findingsIn({
      host: (second) => ({
        ...LEVEL,
        'nf_conntrack.insert_failed': 20 * second,
        'nf_conntrack.chaintoolong': 20 * second,
        'nf_conntrack.drop': 0,
      }),
      node: buckets(1_048_576, 1024),
    });
    expect(found.map((finding) => [finding.code, finding.severity, finding.refused])).toEqual([
      ['conntrack-buckets-undersized', 'critical', 400],
    ]);
    expect(found[0]?.fixes).toEqual([{ id: 'raise-conntrack-buckets', from: 1024, to: 1_048_576 }]);
  });

  test.for([
    ['6.1.0-49-amd64', 100_352],
    ['5.14.0-427.el9.aarch64+64k', 106_496],
  ] as const)('of %s are raised to whole pages: %d', ([release, to]) => {
    const found = findingsIn({
      kernel: release,
      host: (second) => ({ ...LEVEL, 'nf_conntrack.chaintoolong': 20 * second }),
      node: buckets(100_000, 1024),
    });
    expect(found[0]?.fixes).toEqual([{ id: 'raise-conntrack-buckets', from: 1024, to }]);
  });
});

test('buckets and a backlog that were raised since are told as they were when it happened', () => {
  const [chains] = findingsIn({
    host: (second) => ({ ...LEVEL, 'nf_conntrack.chaintoolong': Math.min(90, 20 * second) }),
    node: (second) => ({
      'net.netfilter.nf_conntrack_max': 65_536,
      'net.netfilter.nf_conntrack_buckets': second < 10 ? 512 : 65_536,
    }),
  });
  expect(
    chains?.evidence.find((evidence) => evidence.metric === 'net.netfilter.nf_conntrack_buckets')?.value,
  ).toBe(512);
  expect(chains?.fixes).toEqual([]);
  const [backlog] = findingsIn({
    node: (second) => ({
      'softnet.dropped': Math.min(90, 20 * second),
      'softnet.processed': 500 * second,
      'net.core.netdev_max_backlog': second < 10 ? 1 : 1000,
    }),
  });
  expect(backlog?.evidence.at(-1)).toMatchObject({ metric: 'net.core.netdev_max_backlog', value: 1 });
});
