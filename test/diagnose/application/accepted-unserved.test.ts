import { expect, test } from 'vitest';
import { codesIn, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

const unserved = (unread: number, established: number, port = 8883): HostScenario => ({
  listener: 8883,
  host: (second) => ({
    'Tcp.PassiveOpens': 2 * second,
    'TcpExt.TCPOrigDataSent': 0,
    'unserved.port': port,
    'unserved.established': established,
    'unserved.unread': unread,
  }),
});

test.for<[what: string, scenario: HostScenario, codes: unknown[]]>([
  ['most connections of a listener are not read', unserved(30, 40), [['accepted-unserved', 'warning']]],
  ['a few are not', unserved(9, 9), []],
  ['most are read', unserved(30, 61), []],
  ['they are clients of this host, not of its listener', unserved(30, 40, 40_000), []],
  ['they have been read since', unserved(0, 40), []],
  ['nothing is known', { listener: 8883, host: () => ({ 'Tcp.PassiveOpens': 5 }) }, []],
])('%s', ([, scenario, codes]) => {
  expect(codesIn(scenario)).toEqual(codes);
});

test('the listener is named with low confidence, and its threads are looked at', () => {
  const [finding] = findingsIn({ ...unserved(30, 40), process: () => ({}) });
  expect(finding).toMatchObject({
    confidence: 0.5,
    refused: null,
    untilMs: null,
    subject: { kind: 'listener', listener: { port: 8883 } },
    evidence: [
      { metric: 'unserved.unread', value: 30, limit: 40 },
      { metric: 'Tcp.PassiveOpens', value: 40 },
      { metric: 'TcpExt.TCPOrigDataSent', value: 0 },
    ],
    fixes: [{ id: 'find-unread' }],
  });
});
