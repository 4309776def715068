import { describe, expect, it, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import { everySecond, kernel, listening, windowFrom } from '../../scenarios/stream.js';
import { SECONDS, courseOf, findingsIn } from '../host-scenario.js';
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

  it('in order, where each FIN counts as a segment with data', () => {
    const host: Figures = (second) => ({
      ...refusing(second),
      'TcpExt.TCPAbortOnClose': 0,
      'sockstat.TCP.tw': 10 * second,
      'TcpExt.TCPOrigDataSent': 10 * second,
    });
    expect(findingsIn({ host })).toMatchObject([{ code: 'application-limit', confidence: 0.5 }]);
  });

  /** One segment of data and one FIN each, closed here first. */
  const answering =
    (established: number): Figures =>
    (second) => ({
      ...refusing(second),
      'Tcp.CurrEstab': established,
      'TcpExt.TCPAbortOnClose': 0,
      'sockstat.TCP.tw': 10 * second,
      'TcpExt.TCPOrigDataSent': 20 * second,
    });
  const owned = (comm: string, figures: Figures, fdLimit = 1_048_576): unknown[] =>
    diagnose(
      windowFrom(
        everySecond(SECONDS, (second) => [
          kernel(second * 1000, figures(second)),
          listening(second * 1000, { port: 6379, owner: { pid: 7, comm } }),
          {
            type: 'processes',
            elapsedMs: second * 1000,
            processes: [{ pid: 7, comm, fds: 100, fdLimit }],
          },
        ]),
      ),
    ).findings.map((finding) => [finding.code, finding.confidence, finding.subject.kind]);

  test.for<[what: string, comm: string, established: number, fdLimit: number, expected: unknown[]]>([
    ['at its maxclients', 'redis-server', 10_003, 1_048_576, [['application-limit', 0.75, 'listener']]],
    ['at what its descriptors leave', 'redis-server', 4064, 4096, [['application-limit', 0.75, 'listener']]],
    ['at its max_connections', 'mysqld', 151, 1_048_576, [['application-limit', 0.75, 'listener']]],
    ['far from it', 'redis-server', 5000, 1_048_576, []],
    ['that is not known: a short answer is a service', 'webapp', 10_000, 1_048_576, []],
  ])('with a word is told of a server %s', ([, comm, established, fdLimit, expected]) => {
    expect(owned(comm, answering(established), fdLimit)).toEqual(expected);
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
