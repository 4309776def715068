import { describe, expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import type { StreamRecord } from '../../../src/records/index.js';
import { everySecond, kernel, LISTENER, listening, windowFrom } from '../../scenarios/stream.js';
import { SECONDS, courseOf, findingsIn } from '../host-scenario.js';

describe('a process that runs out of file descriptors', () => {
  const exhausted = (second: number): { fds: number; fdLimit: number } => ({
    fds: Math.min(1024, 100 * second),
    fdLimit: 1024,
  });

  test('is the cause, and the queue that overflows behind it the consequence', () => {
    expect(
      courseOf({
        process: exhausted,
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
      courseOf({
        process: (second) => (second < 14 ? { fds: null, fdLimit: null } : { fds: 1024, fdLimit: 1024 }),
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
      courseOf({
        process: (second) => (second < 10 ? { fds: 1024, fdLimit: 1024 } : { fds: 1200, fdLimit: 65_536 }),
        acceptQueue: (second) => (second < 10 ? 5 : 0),
      }),
    ).toEqual([['process-fd-limit', 'critical', null, 'ended']]);
  });

  test('is only a warning while nothing waits to be accepted', () => {
    expect(courseOf({ process: exhausted })).toEqual([['process-fd-limit', 'warning', null, 'on']]);
  });

  test('is announced while it grows towards the limit within minutes', () => {
    expect(courseOf({ process: (second) => ({ fds: 700 + 5 * second, fdLimit: 1024 }) })).toEqual([
      ['process-fd-limit', 'warning', null, 'on'],
    ]);
  });

  test('does not blame another process’s queue on it', () => {
    const [first] = findingsIn({
      process: exhausted,
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
      courseOf({
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
    expect(courseOf({ process: fds })).toEqual([]);
  });
});

describe('the limit of open files is raised', () => {
  const fixOf = (fds: number, fdHardLimit: number): unknown =>
    findingsIn({ process: () => ({ fds, fdLimit: fds, fdHardLimit }), acceptQueue: () => 17 })[0]?.fixes[0];

  test.for([
    ['up to the hard limit', 1024, 20_000, { soft: 20_000, hard: 20_000 }],
    ['not as far as a hard limit without a bound', 1024, 2 ** 30 - 8, { soft: 524_288, hard: 2 ** 30 - 8 }],
    ['step by step below it', 524_288, 2 ** 30 - 8, { soft: 1_048_576, hard: 2 ** 30 - 8 }],
    ['beyond a hard limit that is reached', 1024, 1024, { soft: 524_288, hard: 524_288 }],
  ] as const)('%s', ([, fds, hard, to]) => {
    expect(fixOf(fds, hard)).toMatchObject({ id: 'raise-nofile', to });
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
      courseOf({
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
