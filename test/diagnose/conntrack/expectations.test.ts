import { expect, test } from 'vitest';
import { codesIn, courseOf, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

const expecting = (count: (second: number) => number, max = 1024): HostScenario => ({
  host: (second) => ({ 'nf_conntrack.expect_count': count(second) }),
  node: () => ({ 'net.netfilter.nf_conntrack_expect_max': max }),
});

test.for<[what: string, scenario: HostScenario, expected: unknown[]]>([
  ['expectations at their limit', expecting(() => 1024), [['conntrack-expectations-full', 'critical']]],
  ['near it', expecting(() => 950), [['conntrack-expectations-full', 'warning']]],
  ['far from it', expecting((second) => second), []],
  ['a host whose limit cannot be read', { host: () => ({ 'nf_conntrack.expect_count': 4000 }) }, []],
])('%s', ([, scenario, expected]) => {
  expect(codesIn(scenario)).toEqual(expected);
});

test('they name the level, what raises it, and who has them', () => {
  expect(findingsIn(expecting(() => 1024))).toMatchObject([
    {
      refused: null,
      evidence: [{ metric: 'nf_conntrack.expect_count', value: 1024, limit: 1024 }],
      fixes: [{ id: 'raise-expect-max', from: 1024, to: 4096 }, { id: 'find-expectations' }],
    },
  ]);
});

test('they are over when they have drained, and at once when the limit is raised', () => {
  expect(courseOf(expecting((second) => (second < 8 ? 1024 : 3)))).toEqual([
    ['conntrack-expectations-full', 'critical', null, 'ended'],
  ]);
  const raised: HostScenario = {
    host: () => ({ 'nf_conntrack.expect_count': 1024 }),
    node: (second) => ({ 'net.netfilter.nf_conntrack_expect_max': second < 8 ? 1024 : 4096 }),
  };
  expect(findingsIn(raised)).toMatchObject([{ fixes: [{ id: 'find-expectations' }] }]);
});

test('packets of helpers that find no room are not taken for a rule that drops', () => {
  const full = expecting(() => 1024);
  const dropping = (second: number): Record<string, number> => ({ 'probe.netfilter_drop': 40 * second });
  expect(courseOf({ ...full, probes: dropping })).toEqual([
    ['conntrack-expectations-full', 'critical', null, 'on'],
    ['firewall-drop', 'warning', 'conntrack-expectations-full', 'on'],
  ]);
});
