import { expect, test } from 'vitest';
import { parseNetstat } from '../../../src/sources/kernel/parse.js';
import { codesIn, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

const rejecting = (perSec: number, recycle: number | null = 1): HostScenario => ({
  kernel: '3.10.0-1160.el7.x86_64',
  host: (second) => ({
    'TcpExt.PAWSPassive': Math.floor(perSec * second),
    'net.ipv4.tcp_tw_recycle': recycle,
  }),
});

test.for<[what: string, scenario: HostScenario, codes: unknown[]]>([
  ['five SYNs a second', rejecting(5), [['paws-reject', 'critical']]],
  ['a few over the window', rejecting(0.4), []],
  ['none', rejecting(0), []],
  ['a newer kernel, which has no such counter', { host: () => ({ 'Tcp.PassiveOpens': 1 }) }, []],
])('%s', ([, scenario, codes]) => {
  expect(codesIn(scenario)).toEqual(codes);
});

test('the setting is told, and switched off where it is on', () => {
  expect(findingsIn(rejecting(5))).toMatchObject([
    {
      refused: 100,
      confidence: 0.95,
      evidence: [{ value: 100 }, { metric: 'net.ipv4.tcp_tw_recycle', value: 1 }],
      fixes: [{ id: 'stop-tw-recycle' }],
    },
  ]);
  expect(findingsIn(rejecting(5, 0))[0]?.fixes).toEqual([]);
  expect(findingsIn(rejecting(5, null))).toMatchObject([{ fixes: [{ id: 'stop-tw-recycle' }] }]);
});

// The columns of Linux 3.10, in part.
test('the counter is read where the kernel has it', () => {
  const text =
    'TcpExt: SyncookiesSent TW TWRecycled PAWSPassive PAWSActive PAWSEstab\nTcpExt: 0 4 9 17 0 2\n';
  expect(parseNetstat(text)).toMatchObject({ 'TcpExt.PAWSPassive': 17 });
  expect(parseNetstat('TcpExt: SyncookiesSent TW PAWSEstab\nTcpExt: 0 4 2\n')).not.toHaveProperty([
    'TcpExt.PAWSPassive',
  ]);
});
