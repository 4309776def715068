import { expect, test } from 'vitest';
import type { MetricName } from '../../../src/records/index.js';
import { codesIn, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

/** SYNs dropped for the port of a listener, five a second, beside what the rules count. */
const dropping = (rules: (second: number) => Partial<Record<MetricName, number | null>>): HostScenario => ({
  listener: 8883,
  host: (second) => ({ 'nf_conntrack.drop': 0, ...rules(second) }),
  probes: (second) => ({
    'probe.netfilter_drop': 5 * second,
    'probe.netfilter_drop_syn': 5 * second,
    'probe.netfilter_drop_syn_own': 0,
    'probe.netfilter_drop_port': 8883,
  }),
});

test.for<[what: string, scenario: HostScenario, code: string]>([
  [
    'a number of connections',
    dropping((second) => ({ 'rules.connection_limit_packets': 5 * second, 'rules.connection_limit': 20 })),
    'firewall-limit',
  ],
  ['a rate', dropping((second) => ({ 'rules.rate_limit_packets': 5 * second })), 'firewall-limit'],
  [
    'a limit that counts nothing',
    dropping(() => ({ 'rules.connection_limit_packets': 900, 'rules.connection_limit': 20 })),
    'firewall-drop',
  ],
  [
    'a limit that counts far less than is dropped',
    dropping((second) => ({ 'rules.connection_limit_packets': Math.floor(second / 4) })),
    'firewall-drop',
  ],
  [
    'a limit that counts far more',
    dropping((second) => ({ 'rules.rate_limit_packets': 500 * second })),
    'firewall-drop',
  ],
  ['no limit', dropping(() => ({})), 'firewall-drop'],
])('%s', ([, scenario, code]) => {
  expect(codesIn(scenario)).toEqual([[code, 'critical']]);
});

test('the number that the rule allows is told, and the rule is looked for', () => {
  const [finding] = findingsIn(
    dropping((second) => ({ 'rules.connection_limit_packets': 5 * second, 'rules.connection_limit': 20 })),
  );
  expect(finding).toMatchObject({
    refused: 100,
    confidence: 0.9,
    evidence: [
      { metric: 'probe.netfilter_drop_syn', value: 100, source: 'bpftrace' },
      { metric: 'rules.connection_limit_packets', value: 100, source: 'kernel' },
      { metric: 'rules.connection_limit', value: 20 },
    ],
    fixes: [{ id: 'find-limiting-rule' }],
  });
});
