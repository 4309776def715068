import { expect, test } from 'vitest';
import { codesIn, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

const udp = (dropped: number, delivered: number): HostScenario => ({
  host: (second) => ({ 'Udp.RcvbufErrors': dropped * second, 'Udp.InDatagrams': delivered * second }),
});
const routed = (perSec: number): HostScenario => ({
  host: (second) => ({ 'TcpExt.IPReversePathFilter': perSec * second, 'net.ipv4.conf.all.rp_filter': 1 }),
});
const invalid = (perSec: number, dropped: number, resent = 0): HostScenario => ({
  host: (second) => ({
    'nf_conntrack.invalid': perSec * second,
    'nf_conntrack.drop': 0,
    'Tcp.RetransSegs': resent * second,
  }),
  probes: (second) => ({
    'probe.netfilter_drop': dropped * second,
    'probe.netfilter_drop_syn': 0,
    'probe.netfilter_drop_syn_own': 0,
  }),
});

test.for<[what: string, scenario: HostScenario, expected: unknown[]]>([
  ['one datagram in ten lost', udp(100, 900), [['udp-receive-queue', 'critical']]],
  ['one in five hundred', udp(20, 9980), [['udp-receive-queue', 'warning']]],
  ['one in a hundred thousand', udp(1, 100_000), []],
  ['a burst of nine', { host: (second) => ({ 'Udp.RcvbufErrors': Math.min(9, second) }) }, []],
  ['datagrams lost before the window', { host: () => ({ 'Udp.RcvbufErrors': 9000 }) }, []],
  ['fifty packets a second by another way', routed(50), [['reverse-path-filter', 'critical']]],
  ['two a second', routed(2), [['reverse-path-filter', 'warning']]],
  [
    'stray packets of the link',
    { host: (second) => ({ 'TcpExt.IPReversePathFilter': Math.floor(second / 3) }) },
    [],
  ],
  ['invalid packets that are dropped', invalid(60, 60), [['invalid-drop', 'warning']]],
  ['invalid packets that nothing drops', invalid(60, 0), []],
  ['those of a busy host', invalid(6, 6), []],
  ['dropped packets that are not invalid', invalid(0, 60), [['firewall-drop', 'warning']]],
])('%s', ([, scenario, expected]) => {
  expect(codesIn(scenario)).toEqual(expected);
});

test('dropped invalid packets are surer where segments are sent again', () => {
  expect(findingsIn(invalid(60, 60, 40))).toMatchObject([{ code: 'invalid-drop', confidence: 0.8 }]);
  expect(findingsIn(invalid(60, 60))).toMatchObject([
    { confidence: 0.6, refused: 1200, fixes: [{ id: 'find-invalid' }] },
  ]);
});
