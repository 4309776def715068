import { expect, test } from 'vitest';
import type { MetricName } from '../../../src/records/index.js';
import { codesIn, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

type Levels = Partial<Record<MetricName, number | null>>;

/** SYNs for port 8080 that netfilter drops, with what /proc/net/ip_vs says of that port. */
const dropping = (perSec: number, ipvs: Levels): HostScenario => ({
  host: () => ({ 'nf_conntrack.drop': 0, ...ipvs }),
  probes: (second) => ({
    'probe.netfilter_drop': perSec * second,
    'probe.netfilter_drop_syn': perSec * second,
    'probe.netfilter_drop_syn_own': 0,
    'probe.netfilter_drop_port': 8080,
  }),
});
const service = (servers: number, overloaded: number | null = null, services = 1): Levels => ({
  'ip_vs.asked_port': 8080,
  'ip_vs.asked_services': services,
  'ip_vs.asked_destinations': servers,
  'ip_vs.asked_overloaded': overloaded,
});
const answering = (perSec: number, empty: number): HostScenario => ({
  host: (second) => ({ 'Icmp.OutDestUnreachs': perSec * second, 'ip_vs.empty_services': empty }),
});

test.for<[what: string, scenario: HostScenario, expected: unknown[]]>([
  ['a service without a server', dropping(5, service(0)), [['ipvs-no-destination', 'critical']]],
  ['servers that are all full', dropping(5, service(2, 2)), [['ipvs-no-destination', 'critical']]],
  ['servers with room: a rule drops', dropping(5, service(2, 1)), [['firewall-drop', 'warning']]],
  ['servers whose thresholds are not known', dropping(5, service(2)), [['firewall-drop', 'warning']]],
  [
    'a service at another port than the one asked for',
    dropping(5, { ...service(0), 'ip_vs.asked_port': 443 }),
    [['firewall-drop', 'warning']],
  ],
  ['no service', dropping(5, {}), [['firewall-drop', 'warning']]],
  ['without probes, answers while a service is empty', answering(5, 1), [['ipvs-no-destination', 'warning']]],
  ['answers while all services have servers', answering(5, 0), []],
  ['an empty service that is not asked for', answering(0, 1), []],
])('%s', ([, scenario, expected]) => {
  expect(codesIn(scenario)).toEqual(expected);
});

test('port and servers are told; of several services at one port it is less sure', () => {
  expect(findingsIn(dropping(5, service(0)))).toMatchObject([
    {
      confidence: 0.95,
      confidenceReasons: ['service-without-server'],
      refused: 100,
      evidence: [
        { metric: 'probe.netfilter_drop_syn', value: 100 },
        { metric: 'ip_vs.asked_port', value: 8080 },
        { metric: 'ip_vs.asked_destinations', value: 0 },
      ],
      fixes: [{ id: 'find-ipvs-servers', overloaded: false }],
    },
  ]);
  expect(findingsIn(dropping(5, service(0, null, 3)))).toMatchObject([{ confidence: 0.7 }]);
  expect(findingsIn(dropping(5, service(2, 2)))).toMatchObject([
    { confidenceReasons: ['servers-overloaded'], fixes: [{ overloaded: true }] },
  ]);
});

test('settings that decide for those who come again are told where they could be read', () => {
  const settings = { 'net.ipv4.vs.conn_reuse_mode': 1, 'net.ipv4.vs.expire_nodest_conn': 0 };
  const [finding] = findingsIn(dropping(5, { ...service(0), ...settings }));
  expect(finding?.evidence.slice(3)).toMatchObject([
    { metric: 'net.ipv4.vs.conn_reuse_mode', value: 1 },
    { metric: 'net.ipv4.vs.expire_nodest_conn', value: 0 },
  ]);
});
