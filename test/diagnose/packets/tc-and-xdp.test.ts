import { expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import {
  COVERAGE,
  everySecond,
  HOST,
  kernel,
  listening,
  probes,
  tick,
  windowFrom,
} from '../../scenarios/stream.js';
import { codesIn, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

/** SYNs dropped by a filter, so many a second, for these ports. */
const filtered = (
  perSec: number,
  port: (second: number) => number,
  rest: HostScenario = {},
): HostScenario => ({
  listener: 8883,
  host: (second) => ({ 'TcpExt.TCPSynRetrans': 0, 'Tcp.PassiveOpens': 5 * second }),
  ...rest,
  probes: (second) => ({
    'probe.tc_drop': Math.floor(perSec * second),
    'probe.tc_drop_syn': Math.floor(perSec * second),
    'probe.tc_drop_port': port(second),
  }),
});

test.for<[what: string, scenario: HostScenario, codes: unknown[]]>([
  ['SYNs for a listening port', filtered(5, () => 8883), [['tc-drop', 'critical']]],
  ['a few of them', filtered(0.4, () => 8883), []],
  ['SYNs for one port that is forwarded', filtered(5, () => 443), [['tc-drop', 'warning']]],
  ['a scan of all ports', filtered(50, (second) => 1000 + second), []],
  [
    'a scan in which one listening port comes up',
    filtered(50, (second) => (second % 5 === 0 ? 8883 : 1000 + second)),
    [],
  ],
  [
    'SYNs that a client on this host sends again',
    filtered(5, (second) => 1000 + second, {
      host: (second) => ({ 'TcpExt.TCPSynRetrans': 4 * second, 'Tcp.ActiveOpens': second }),
    }),
    [['tc-drop', 'critical']],
  ],
  [
    'packets that are no SYNs',
    {
      listener: 8883,
      probes: (second) => ({ 'probe.tc_drop': 90 * second, 'probe.tc_drop_syn': 0 }),
    },
    [],
  ],
])('%s', ([, scenario, codes]) => {
  expect(codesIn(scenario)).toEqual(codes);
});

test.for<[what: string, scenario: HostScenario, codes: unknown[]]>([
  [
    'what a filter drops while nobody misses it',
    { listener: 8883, host: (second) => ({ 'tc.filter_dropped': 90 * second, 'Tcp.PassiveOpens': second }) },
    [],
  ],
  [
    'what a filter drops while SYNs are resent',
    {
      listener: 8883,
      host: (second) => ({
        'tc.filter_dropped': 9 * second,
        'TcpExt.TCPSynRetrans': 6 * second,
        'Tcp.ActiveOpens': 3 * second,
      }),
    },
    [['tc-drop', 'warning']],
  ],
  [
    'what a filter drops while no connection comes in at all',
    { listener: 8883, host: (second) => ({ 'tc.filter_dropped': 9 * second, 'Tcp.PassiveOpens': 700 }) },
    [['tc-drop', 'warning']],
  ],
  [
    'the same without a listener',
    { host: (second) => ({ 'tc.filter_dropped': 9 * second, 'Tcp.PassiveOpens': 700 }) },
    [],
  ],
  [
    'what is not known to be accepted',
    { listener: 8883, host: (second) => ({ 'tc.filter_dropped': 9 * second, 'Tcp.PassiveOpens': null }) },
    [],
  ],
  [
    'what an XDP program drops while nobody misses it',
    { listener: 8883, host: (second) => ({ 'xdp.dropped': 900 * second, 'Tcp.PassiveOpens': second }) },
    [],
  ],
  [
    'what an XDP program drops while SYNs are resent',
    {
      listener: 8883,
      host: (second) => ({
        'xdp.dropped': 9 * second,
        'TcpExt.TCPSynRetrans': 9 * second,
        'Tcp.ActiveOpens': 3 * second,
      }),
    },
    [['xdp-drop', 'warning']],
  ],
])('without the probe: %s', ([, scenario, codes]) => {
  expect(codesIn(scenario)).toEqual(codes);
});

test('the port is told, and the program that is there', () => {
  const records = everySecond(20, (second) => [
    kernel(second * 1000, { 'Tcp.PassiveOpens': 0 }),
    probes(second * 1000, { 'probe.tc_drop_syn': 5 * second, 'probe.tc_drop_port': 8883 }),
    listening(second * 1000, { port: 8883 }),
    {
      ...COVERAGE,
      elapsedMs: second * 1000,
      unwatched: [{ id: 'tc-bpf', seen: 'eth0: tc filter bpf cil_from_netdev' }],
    },
    tick(second * 1000),
  ]);
  expect(diagnose(windowFrom(records)).findings).toMatchObject([
    {
      code: 'tc-drop',
      confidence: 0.95,
      refused: 100,
      subject: { netns: HOST },
      evidence: [
        { metric: 'probe.tc_drop_syn', value: 100, source: 'bpftrace' },
        { metric: 'probe.tc_drop_port', value: 8883 },
      ],
      fixes: [{ id: 'find-tc-filter', program: 'eth0: tc filter bpf cil_from_netdev' }],
    },
  ]);
});

test('resent SYNs that it explains are no loss without a cause', () => {
  const [first, ...others] = findingsIn({
    listener: 8883,
    host: (second) => ({
      'xdp.dropped': 9 * second,
      'TcpExt.TCPSynRetrans': 8 * second,
      'Tcp.ActiveOpens': 2 * second,
      'Tcp.PassiveOpens': 0,
    }),
  });
  expect(first).toMatchObject({ code: 'xdp-drop', confidence: 0.7 });
  expect(others).toEqual([]);
});
