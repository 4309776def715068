import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/diagnose/index.js';
import type { Finding } from '../../src/diagnose/index.js';
import { NODE_WIDE } from '../../src/records/index.js';
import type { MetricName, ProcessUse, StreamRecord } from '../../src/records/index.js';
import { everySecond, kernel, LISTENER, listening, windowFrom } from '../scenarios/stream.js';

const SECONDS = 20;

type Figures = (second: number) => Partial<Record<MetricName, number>>;

/** Twenty seconds of one host: its namespace's figures, its node's, the process that listens, its queue. */
function findings(given: {
  readonly host?: Figures;
  readonly node?: Figures;
  readonly fds?: (second: number) => Pick<ProcessUse, 'fds' | 'fdLimit'>;
  readonly acceptQueue?: (second: number) => number;
  readonly overflows?: (second: number) => number;
}): readonly Finding[] {
  const records = everySecond(SECONDS, (second): StreamRecord[] => {
    const elapsedMs = second * 1000;
    const overflows = given.overflows?.(second) ?? 0;
    return [
      kernel(elapsedMs, { 'TcpExt.ListenOverflows': overflows, ...given.host?.(second) }),
      kernel(elapsedMs, given.node?.(second) ?? {}, NODE_WIDE),
      listening(elapsedMs, { acceptQueue: given.acceptQueue?.(second) ?? 0, overflows }),
      {
        type: 'processes',
        elapsedMs,
        processes: given.fds === undefined ? [] : [{ pid: 171, comm: 'broker', ...given.fds(second) }],
      },
    ];
  });
  return diagnose(windowFrom(records)).findings;
}

const told = (given: Parameters<typeof findings>[0]): unknown[] =>
  findings(given).map((finding) => [
    finding.code,
    finding.severity,
    finding.causedBy,
    finding.untilMs === null ? 'on' : 'ended',
  ]);

describe('a process that runs out of file descriptors', () => {
  const exhausted = (second: number): { fds: number; fdLimit: number } => ({
    fds: Math.min(1024, 100 * second),
    fdLimit: 1024,
  });

  test('is the cause, and the queue that overflows behind it the consequence', () => {
    expect(
      told({
        fds: exhausted,
        acceptQueue: (second) => (second > 10 ? 17 : 0),
        overflows: (second) => Math.max(0, 20 * (second - 12)),
      }),
    ).toEqual([
      ['process-fd-limit', 'critical', null, 'on'],
      ['accept-queue-overflow', 'critical', 'process-fd-limit', 'on'],
    ]);
  });

  test('is the cause also where the process was first looked at long after the queue overflowed', () => {
    // A starved host: the burst is over in a second, and ten seconds pass until somebody looks.
    expect(
      told({
        fds: (second) => (second < 14 ? { fds: null, fdLimit: null } : { fds: 1024, fdLimit: 1024 }),
        acceptQueue: (second) => (second > 2 ? 17 : 0),
        overflows: (second) => (second > 3 ? 249 : 0),
      }),
    ).toEqual([
      ['process-fd-limit', 'critical', null, 'on'],
      // Nobody has tried since, but the queue is as full as it was.
      ['accept-queue-overflow', 'critical', 'process-fd-limit', 'on'],
    ]);
  });

  test('has ended when its limit was raised', () => {
    expect(
      told({
        fds: (second) => (second < 10 ? { fds: 1024, fdLimit: 1024 } : { fds: 1200, fdLimit: 65_536 }),
        acceptQueue: (second) => (second < 10 ? 5 : 0),
      }),
    ).toEqual([['process-fd-limit', 'critical', null, 'ended']]);
  });

  test('is only a warning while nothing waits to be accepted', () => {
    expect(told({ fds: exhausted })).toEqual([['process-fd-limit', 'warning', null, 'on']]);
  });

  test('is announced while it grows towards the limit within minutes', () => {
    expect(told({ fds: (second) => ({ fds: 700 + 5 * second, fdLimit: 1024 }) })).toEqual([
      ['process-fd-limit', 'warning', null, 'on'],
    ]);
  });

  test('does not blame another process’s queue on it', () => {
    const [first] = findings({
      fds: exhausted,
      acceptQueue: () => 17,
      overflows: (second) => 20 * second,
    }).filter((finding) => finding.code === 'accept-queue-overflow');
    expect(first?.causedBy).toBe('process-fd-limit');
    const other = diagnose(
      windowFrom(
        everySecond(SECONDS, (second): StreamRecord[] => [
          kernel(second * 1000, { 'TcpExt.ListenOverflows': 20 * second }),
          listening(
            second * 1000,
            { acceptQueue: 17, overflows: 20 * second, owner: { pid: 9, comm: 'other' } },
            { ...LISTENER, port: 22, inode: 5, acceptQueue: 3 },
          ),
          {
            type: 'processes',
            elapsedMs: second * 1000,
            processes: [{ pid: 171, comm: 'broker', fds: 1024, fdLimit: 1024 }],
          },
        ]),
      ),
    ).findings.find((finding) => finding.code === 'accept-queue-overflow');
    expect(other?.causedBy).toBeNull();
  });

  test('does not blame on it what began long after it was over', () => {
    // Nobody knows the process: it has ended. A queue overflows ten seconds later.
    const accepts = (second: number): number => 10 * Math.min(3, second);
    expect(
      told({
        host: (second) => ({
          'probe.accept_emfile': accepts(second),
          'probe.accept_failed': accepts(second),
          // As a flood of half-open handshakes does, before any accept queue is full.
          'TcpExt.TCPReqQFullDrop': 20 * Math.min(3, second),
        }),
        acceptQueue: (second) => (second > 12 ? 17 : 0),
        overflows: (second) => Math.max(0, 20 * (second - 13)),
      }),
    ).toEqual([
      ['accept-queue-overflow', 'critical', null, 'on'],
      ['process-fd-limit', 'critical', null, 'ended'],
      ['syn-queue-overflow', 'critical', null, 'ended'],
    ]);
  });

  test.for([
    ['plenty left', () => ({ fds: 500, fdLimit: 1024 })],
    ['much used, but still', () => ({ fds: 850, fdLimit: 1024 })],
    ['a peak that drained', (second: number) => ({ fds: second < 5 ? 1000 : 100, fdLimit: 1024 })],
    ['unknown', () => ({ fds: null, fdLimit: null })],
    ['no limit known', () => ({ fds: 100_000, fdLimit: null })],
  ] as const)('%s is no finding', ([, fds]) => {
    expect(told({ fds })).toEqual([]);
  });
});

describe('counters whose every increment is the thing itself', () => {
  const rows: readonly (readonly [name: string, host: Figures, expected: unknown[]])[] = [
    [
      'a SYN queue that drops',
      (second) => ({ 'TcpExt.TCPReqQFullDrop': 5 * second, 'net.ipv4.tcp_syncookies': 0 }),
      [['syn-queue-overflow', 'critical', null, 'on']],
    ],
    [
      'a SYN queue that cookies stand in for',
      (second) => ({ 'TcpExt.TCPReqQFullDoCookies': 5 * second, 'net.ipv4.tcp_syncookies': 1 }),
      [['syn-queue-overflow', 'warning', null, 'on']],
    ],
    [
      'TIME_WAIT beyond its buckets',
      (second) => ({ 'TcpExt.TCPTimeWaitOverflow': Math.min(5, second), 'sockstat.TCP.tw': 10 }),
      [['time-wait-overflow', 'warning', null, 'ended']],
    ],
    [
      'flows evicted',
      (second) => ({ 'nf_conntrack.early_drop': 3 * second }),
      [['conntrack-early-drop', 'warning', null, 'on']],
    ],
    [
      'old counts that do not grow',
      () => ({ 'TcpExt.TCPReqQFullDrop': 500, 'nf_conntrack.early_drop': 9 }),
      [],
    ],
  ];
  test.for(rows)('%s', ([, host, expected]) => {
    expect(told({ host })).toEqual(expected);
  });

  test('SYN cookies are advised only where they are off', () => {
    const dropping = (cookies: number): readonly Finding[] =>
      findings({
        host: (second) => ({ 'TcpExt.TCPReqQFullDrop': second, 'net.ipv4.tcp_syncookies': cookies }),
      });
    expect(dropping(0)[0]?.fixes).toEqual([{ id: 'enable-syncookies' }]);
    expect(dropping(1)[0]?.fixes).toEqual([]);
  });
});

describe('the host’s file handles', () => {
  test.for([
    [940, []],
    [960, [['system-file-limit', 'warning', null, 'on']]],
    [1000, [['system-file-limit', 'critical', null, 'on']]],
  ] as const)('%d of 1,000', ([used, expected]) => {
    expect(told({ node: () => ({ 'fs.file-nr.allocated': used, 'fs.file-max': 1000 }) })).toEqual(expected);
  });
});

describe('what is gone, and what follows', () => {
  test('a process that ended after it ran out is still named, as ended', () => {
    const records = everySecond(SECONDS, (second): StreamRecord[] => [
      kernel(second * 1000, { 'TcpExt.ListenOverflows': second < 10 ? 20 * second : 200 }),
      listening(
        second * 1000,
        ...(second < 15 ? [{ acceptQueue: 17, overflows: second < 10 ? 20 * second : 200 }] : []),
      ),
      {
        type: 'processes',
        elapsedMs: second * 1000,
        processes: second < 15 ? [{ pid: 171, comm: 'broker', fds: 64, fdLimit: 64 }] : [],
      },
    ]);
    const found = diagnose(windowFrom(records)).findings;
    expect(found.map((finding) => [finding.code, finding.causedBy])).toEqual([
      ['process-fd-limit', null],
      ['accept-queue-overflow', 'process-fd-limit'],
    ]);
    expect(found[0]).toMatchObject({ untilMs: 14_000, fixes: [] });
  });

  test('a SYN queue that fills behind a full accept queue is its consequence', () => {
    expect(
      told({
        host: (second) => ({ 'TcpExt.TCPReqQFullDoCookies': second }),
        acceptQueue: () => 17,
        overflows: (second) => 20 * second,
      }),
    ).toEqual([
      ['accept-queue-overflow', 'critical', null, 'on'],
      ['syn-queue-overflow', 'warning', 'accept-queue-overflow', 'on'],
    ]);
  });
});
