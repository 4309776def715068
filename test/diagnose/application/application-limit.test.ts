import { describe, expect, it, test } from 'vitest';
import { courseOf, findingsIn } from '../host-scenario.js';
import type { Figures } from '../host-scenario.js';

describe('an application that closes what it accepts', () => {
  const refusing: Figures = (second) => ({
    'Tcp.CurrEstab': 40,
    'Tcp.PassiveOpens': 40 + 10 * second,
    'Tcp.ActiveOpens': 0,
    'TcpExt.TCPAbortOnClose': 10 * second,
    'TcpExt.TCPAbortOnData': 0,
    'TcpExt.TW': 0,
    'TcpExt.TCPOrigDataSent': 7,
    'sockstat.TCP.tw': 0,
  });

  it('unread is a warning of low confidence', () => {
    expect(findingsIn({ host: refusing })).toMatchObject([
      { code: 'application-limit', severity: 'warning', confidence: 0.6, refused: 200, untilMs: null },
    ]);
  });

  it('in silence is less sure yet', () => {
    const host: Figures = (second) => ({
      ...refusing(second),
      'TcpExt.TCPAbortOnClose': 0,
      'sockstat.TCP.tw': 10 * second,
    });
    expect(findingsIn({ host })).toMatchObject([{ code: 'application-limit', confidence: 0.5 }]);
  });

  it('has ended when nobody comes any more', () => {
    expect(courseOf({ host: (second) => refusing(Math.min(second, 8)) })).toEqual([
      ['application-limit', 'warning', null, 'ended'],
    ]);
  });

  it('follows from the limit of tasks that leaves it no choice', () => {
    expect(
      courseOf({
        host: refusing,
        process: (second) => ({ tasks: { cgroup: '/x', used: 20, limit: 20, refused: second } }),
      }),
    ).toEqual([
      ['task-limit', 'critical', null, 'on'],
      ['application-limit', 'warning', 'task-limit', 'on'],
    ]);
  });

  test.for([
    ['that answers each', { 'TcpExt.TCPOrigDataSent': 10 }],
    ['whose clients close first', { 'TcpExt.TCPAbortOnClose': 0 }],
    [
      'that connects as much as it accepts',
      { 'TcpExt.TCPAbortOnClose': 0, 'sockstat.TCP.tw': 10, 'Tcp.ActiveOpens': 10 },
    ],
    ['that grows', { 'Tcp.CurrEstab': 10 }],
  ] as const)('is none %s', ([, perSecond]) => {
    const host: Figures = (second) => ({
      ...refusing(second),
      ...Object.fromEntries(Object.entries(perSecond).map(([name, each]) => [name, each * second])),
    });
    expect(courseOf({ host })).toEqual([]);
  });
});
