import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import type { Finding } from '../../../src/diagnose/index.js';
import type { Listener, MetricName, StreamRecord } from '../../../src/records/index.js';
import {
  CONTAINER,
  COVERAGE,
  everySecond,
  gap,
  HOST,
  kernel,
  listening,
  windowFrom,
} from '../../scenarios/stream.js';

interface Queues {
  /** Each grows by so much a second. */
  readonly counters?: Partial<Record<MetricName, number>>;
  readonly listeners?: readonly (Partial<Omit<Listener, 'overflows'>> & {
    readonly overflowsPerSec?: number | null;
  })[];
  readonly netns?: number;
  readonly besides?: readonly StreamRecord[];
}

const SECONDS = 10;

function findingsOf({
  counters = {},
  listeners = [],
  netns = HOST,
  besides = [],
}: Queues): readonly Finding[] {
  const records = everySecond(SECONDS, (second) => [
    kernel(
      second * 1000,
      {
        'net.core.somaxconn': 4096,
        ...Object.fromEntries(Object.entries(counters).map(([name, perSec]) => [name, 70 + perSec * second])),
      },
      netns,
    ),
    listening(
      second * 1000,
      ...listeners.map(({ overflowsPerSec = 0, ...one }) => ({
        ...one,
        overflows: overflowsPerSec === null ? null : overflowsPerSec * second,
      })),
    ),
  ]);
  return diagnose(windowFrom([...besides, ...records])).findings;
}

const OVERFLOWS = { 'TcpExt.ListenOverflows': 20, 'TcpExt.ListenDrops': 20 };
const FULL = { acceptQueue: 17, overflowsPerSec: 20 };
const UNPROBED = { acceptQueue: 17, overflowsPerSec: null };

/** For whom, how many, how fast, how sure. */
function told(queues: Queues): unknown[][] {
  return findingsOf(queues).map(
    ({ code, subject, refused, refusedPerSec, confidence, confidenceReasons }) => {
      expect(code).toBe('accept-queue-overflow');
      const whom =
        subject.kind === 'listener' ? subject.listener.port : subject.kind === 'netns' ? subject.netns : null;
      return [whom, refused, refusedPerSec, confidence, confidenceReasons.join(' ')];
    },
  );
}

describe('an accept queue that overflows', () => {
  it.each<[what: string, queues: Queues, findings: unknown[][]]>([
    [
      'is named by the probe and confirmed by the counter',
      { counters: OVERFLOWS, listeners: [FULL] },
      [[8883, 200, 20, 1, 'probe-and-counter-agree listener-named']],
    ],
    [
      'is named by the probe alone where the counter is unknown',
      { listeners: [FULL] },
      [[8883, 200, null, 0.95, 'probe-alone listener-named']],
    ],
    [
      'is doubted where the counter says far less',
      { counters: { 'TcpExt.ListenOverflows': 1 }, listeners: [FULL] },
      [[8883, 200, 1, 0.9, 'probe-and-counter-differ listener-named']],
    ],
    [
      'is named by its length where there is no probe',
      { counters: OVERFLOWS, listeners: [UNPROBED, { port: 22, acceptQueue: 1, overflowsPerSec: null }] },
      [[8883, 200, 20, 0.95, 'counter-and-level listener-named']],
    ],
    [
      'is not named where no queue was seen full: backlog itself still fits',
      { counters: OVERFLOWS, listeners: [{ ...UNPROBED, acceptQueue: 16 }] },
      [
        [HOST, 200, 20, 0.85, 'host-counter-only'],
        // Which is worth a warning of its own.
        [8883, 0, 0, 0.85, 'level-alone listener-named'],
      ],
    ],
    [
      'is not named where the full queue is in another namespace',
      { counters: OVERFLOWS, netns: CONTAINER, listeners: [UNPROBED] },
      [
        [CONTAINER, 200, 20, 0.85, 'host-counter-only'],
        [8883, 0, 0, 0.95, 'level-alone listener-named'],
      ],
    ],
    [
      'is named by its length where the probes did not see it',
      { counters: OVERFLOWS, listeners: [{ acceptQueue: 17 }] },
      [[8883, 200, 20, 0.95, 'counter-and-level listener-named']],
    ],
    [
      'is one finding a listener, the one that refuses most first; the rate of each is not known then',
      {
        counters: { 'TcpExt.ListenOverflows': 30 },
        listeners: [
          { port: 1, overflowsPerSec: 10 },
          { port: 2, overflowsPerSec: 20 },
        ],
      },
      [
        [2, 200, null, 1, 'probe-and-counter-agree listener-named'],
        [1, 100, null, 1, 'probe-and-counter-agree listener-named'],
      ],
    ],
    [
      'is less sure after a gap and lost events',
      {
        counters: OVERFLOWS,
        listeners: [FULL],
        besides: [gap(0, 'bpftrace'), { ...COVERAGE, lostEvents: 2 }],
      },
      [[8883, 200, 20, 0.9, 'probe-and-counter-agree listener-named records-lost gap-in-window']],
    ],
  ])('%s', (_what, queues, findings) => {
    expect(told(queues)).toEqual(findings);
  });

  it.each<[what: string, queues: Queues]>([
    ['a queue that was full before the window', { listeners: [{ overflowsPerSec: 0 }] }],
    ['a queue that is well used', { listeners: [{ backlog: 100, acceptQueue: 89 }] }],
    ['a short queue that is not full yet', { listeners: [{ backlog: 5, acceptQueue: 5 }] }],
    ['nothing at all', {}],
  ])('is not found in %s', (_what, queues) => {
    expect(findingsOf(queues)).toEqual([]);
  });

  it('is not found in ListenDrops alone, which have many causes and are told as such', () => {
    const counters = { 'TcpExt.ListenDrops': 20, 'TcpExt.ListenOverflows': 0 };
    expect(findingsOf({ counters, listeners: [{}] })).toMatchObject([{ code: 'unexplained-loss' }]);
  });

  it.each<[what: string, listener: Partial<Listener>, severity: string]>([
    ['above its backlog', { acceptQueue: 17 }, 'critical'],
    ['above a backlog of none', { backlog: 0, acceptQueue: 1 }, 'critical'],
    ['at its backlog, which still fits', { acceptQueue: 16 }, 'warning'],
    ['at nine tenths', { backlog: 100, acceptQueue: 90 }, 'warning'],
  ])('is told of a queue that stands %s though nobody comes', (_what, listener, severity) => {
    const given: Queues = { counters: { 'TcpExt.ListenOverflows': 0 }, listeners: [listener] };
    expect(findingsOf(given)).toMatchObject([
      {
        code: 'accept-queue-overflow',
        severity,
        refused: 0,
        confidenceReasons: ['level-alone', 'listener-named'],
        evidence: [{ metric: 'sk_ack_backlog', value: listener.acceptQueue }],
        against: [{ metric: 'TcpExt.ListenOverflows', value: 0 }],
        untilMs: null,
      },
    ]);
  });

  it('is no more than a warning after one look at a full queue, and gone when it has drained', () => {
    const at = (queue: (second: number) => number): unknown[] =>
      diagnose(
        windowFrom(
          everySecond(SECONDS, (second) => [
            kernel(second * 1000, { 'TcpExt.ListenOverflows': 0 }),
            listening(second * 1000, { acceptQueue: queue(second) }),
          ]),
        ),
      ).findings.map((finding) => [finding.severity, finding.sinceMs]);
    expect(at((second) => (second > 7 ? 17 : 0))).toEqual([['warning', 8000]]);
    expect(at((second) => (second > 2 ? 17 : 0))).toEqual([['critical', 3000]]);
    expect(at((second) => (second < 9 ? 17 : 0))).toEqual([]);
  });

  it('says where a server holds as many connections as before and takes no more', () => {
    const reasonsWith = (established: (second: number) => number): unknown[] =>
      diagnose(
        windowFrom(
          everySecond(SECONDS, (second) => [
            kernel(second * 1000, {
              'TcpExt.ListenOverflows': 20 * second,
              'Tcp.CurrEstab': established(second),
            }),
            listening(second * 1000, { acceptQueue: 17, overflows: 20 * second }),
          ]),
        ),
      ).findings.map((finding) => finding.confidenceReasons.includes('holds-and-takes-no-more'));
    expect(reasonsWith(() => 2017)).toEqual([true]);
    expect(reasonsWith((second) => 2017 + 50 * second)).toEqual([false]);
    // Only those in the queue stand.
    expect(reasonsWith(() => 20)).toEqual([false]);
  });

  it('names the other queue that stands full beside the one that is blamed', () => {
    const given: Queues = { counters: OVERFLOWS, listeners: [FULL, { port: 22, acceptQueue: 17 }] };
    expect(findingsOf(given).map(({ refused, severity }) => [refused, severity])).toEqual([
      [200, 'critical'],
      [0, 'critical'],
    ]);
  });

  it('is a warning where a few of very many were refused in a burst', () => {
    const severityAmong = (accepted: number): unknown[] =>
      diagnose(
        windowFrom(
          everySecond(SECONDS, (second) => [
            kernel(second * 1000, {
              'TcpExt.ListenOverflows': Math.min(3, second),
              'Tcp.PassiveOpens': accepted * second,
            }),
          ]),
        ),
      ).findings.map((finding) => finding.severity);
    expect(severityAmong(2000)).toEqual(['warning']);
    expect(severityAmong(1)).toEqual(['critical']);
  });

  it('says since when, with queue, backlog and what to do', () => {
    expect(findingsOf({ counters: OVERFLOWS, listeners: [FULL] })).toMatchObject([
      {
        severity: 'critical',
        sinceMs: 1000,
        untilMs: null,
        evidence: [
          { metric: 'listener.overflows', value: 200 },
          { metric: 'sk_ack_backlog', value: 17, limit: 16 },
          { metric: 'TcpExt.ListenOverflows', value: 200 },
        ],
        fixes: [{ id: 'find-accept-wait' }, { id: 'raise-backlog', somaxconn: 4096 }],
      },
    ]);
  });

  it('says how to find the listener where none is known to be to blame', () => {
    expect(findingsOf({ counters: OVERFLOWS })).toMatchObject([{ fixes: [{ id: 'find-listener' }] }]);
  });
});
