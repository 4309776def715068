import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import type { Diagnosis, Finding } from '../../../src/diagnose/index.js';
import type { MetricName, StreamHeader, StreamRecord } from '../../../src/records/index.js';
import { fixWords } from '../../../src/render/index.js';
import {
  CONTAINER,
  COVERAGE,
  everySecond,
  gap,
  HEADER,
  HOST,
  kernel,
  node,
  probes,
  windowFrom,
} from '../../scenarios/stream.js';

/** What is so in a second; a number stands for every second. */
type Course = number | null | ((second: number) => number | null);

interface Table {
  readonly count?: Course;
  readonly max?: Course;
  readonly drop?: Course;
  readonly insertFailed?: Course;
  readonly earlyDrop?: Course;
  readonly tableFull?: Course | undefined;
  readonly netns?: number;
  readonly seconds?: number;
  readonly header?: StreamHeader;
  readonly besides?: readonly StreamRecord[];
}

const MAX = 65_536;
const from =
  (start: number, perSec: number, end = Infinity): Course =>
  (second) =>
    perSec * Math.max(0, Math.min(second, end) - start);

function diagnosisOf(table: Table): Diagnosis {
  const { count = 0, max = MAX, netns = HOST, seconds = 20, header = HEADER, besides = [] } = table;
  const at = (course: Course, second: number): number | null =>
    typeof course === 'function' ? course(second) : course;
  const records = everySecond(seconds, (second) => {
    const ms = second * 1000;
    const figures: [MetricName, Course | undefined][] = [
      ['net.netfilter.nf_conntrack_count', count],
      ['nf_conntrack.drop', table.drop],
      ['nf_conntrack.insert_failed', table.insertFailed],
      ['nf_conntrack.early_drop', table.earlyDrop],
    ];
    const values = Object.fromEntries(
      figures.flatMap(([name, course]) => (course === undefined ? [] : [[name, at(course, second)]])),
    );
    return [
      node(ms, { 'net.netfilter.nf_conntrack_max': at(max, second) }),
      ...(netns === HOST
        ? []
        : [kernel(ms, { 'net.netfilter.nf_conntrack_count': 12, 'nf_conntrack.drop': 0 })]),
      kernel(ms, values, netns),
      ...(table.tableFull === undefined
        ? []
        : [probes(ms, { 'probe.table_full': at(table.tableFull, second) }, netns)]),
    ];
  });
  return diagnose(windowFrom([...besides, ...records], header));
}

function only(table: Table, ...besides: Finding['code'][]): Finding {
  const [finding, ...others] = diagnosisOf(table).findings;
  if (finding === undefined) throw new Error('there is no finding');
  expect([finding.code, others.map((other) => other.code)]).toEqual(['conntrack-table-full', besides]);
  return finding;
}

/** The table is full from the fifth second on, and refuses 100 a second. */
const FULL: Table = {
  count: (second) => Math.min(MAX, second * 14_000),
  drop: from(5, 100),
  insertFailed: 0,
  tableFull: from(5, 100),
};

describe('the codes of a table', () => {
  it.each<[what: string, table: Table, codes: string[]]>([
    ['that is full and refuses', FULL, ['conntrack-table-full']],
    [
      'that is full and refuses, by the counters alone',
      { ...FULL, tableFull: undefined },
      ['conntrack-table-full'],
    ],
    [
      'that is full and refuses, by the probe alone',
      { tableFull: from(5, 100), count: null },
      ['conntrack-table-full'],
    ],
    [
      'in a namespace, while the count of the host is 12',
      { ...FULL, netns: CONTAINER },
      ['conntrack-table-full'],
    ],
    [
      'that is a busy healthy one',
      { count: (second) => 30_000 + 100 * (second % 3), drop: 0, insertFailed: 0, tableFull: 0 },
      [],
    ],
    [
      'that goes up and down at 87 %',
      { count: (second) => 57_700 - 300 * (second % 4), drop: 0, insertFailed: 0, tableFull: 0 },
      [],
    ],
    [
      'that had drops before the window, and none in it',
      { count: 60_000 - 20_000, drop: 900, insertFailed: 0, tableFull: 900 },
      [],
    ],
    [
      'whose clashes are dropped far below the limit',
      { count: 3000, drop: from(0, 50), insertFailed: from(0, 50), tableFull: 0 },
      ['conntrack-insert-failed'],
    ],
    [
      'whose drops are of the TCP tracker, far below the limit',
      { count: 3000, drop: from(0, 50), insertFailed: 0, tableFull: 0 },
      ['unexplained-loss'],
    ],
    [
      'whose drops are all clashes though it is nearly full',
      { count: 64_000, drop: from(0, 50), insertFailed: from(0, 50), tableFull: 0 },
      ['conntrack-insert-failed', 'conntrack-table-filling'],
    ],
    ['without a limit', { ...FULL, max: 0, tableFull: 0 }, ['unexplained-loss']],
    [
      'of unknown limit, by the counters alone',
      { ...FULL, max: null, tableFull: undefined },
      ['unexplained-loss'],
    ],
    ['that fills within minutes', { count: (second) => 45_000 + 400 * second }, ['conntrack-table-filling']],
    ['that fills, but not soon', { count: (second) => 50_000 + second }, []],
    ['that fills soon, but is not yet at three quarters', { count: (second) => 1000 + 1000 * second }, []],
    [
      'that stands at its limit while nobody comes',
      { count: MAX, drop: 900, tableFull: 900 },
      ['conntrack-table-full'],
    ],
    ['that stands above it', { count: MAX + 7 }, ['conntrack-table-full']],
    [
      'near its limit, with a drop of the TCP tracker now and then',
      { count: 64_000, drop: (second) => Math.min(5, second), insertFailed: 0 },
      ['conntrack-table-filling'],
    ],
    [
      'that is full on 5.4, which counts harmless clashes as failed inserts',
      {
        count: MAX,
        drop: from(5, 100),
        insertFailed: from(0, 400),
        header: { ...HEADER, kernel: '5.4.0-216-generic' },
      },
      ['conntrack-table-full'],
    ],
    ['that is nearly full and level', { count: 60_000 }, ['conntrack-table-filling']],
    [
      'that peaked and drains',
      { count: (second) => (second < 8 ? second * 8000 : 62_000 - 1000 * (second - 8)) },
      [],
    ],
    ['that peaked and has drained', { count: (second) => (second === 5 ? 65_000 : 2000) }, []],
  ])('%s', (_what, table, codes) => {
    const { status, findings } = diagnosisOf(table);
    expect(findings.map((finding) => finding.code)).toEqual(codes);
    expect(status).toBe(
      codes.length === 0
        ? 'ok'
        : codes[0] === 'conntrack-table-full' || codes[0] === 'conntrack-insert-failed'
          ? 'critical'
          : 'warning',
    );
  });
});

describe('a full table', () => {
  it('evicts before it refuses: one trouble, with one remedy', () => {
    const { findings } = diagnosisOf({ ...FULL, earlyDrop: from(5, 1) });
    expect(findings.map((finding) => [finding.code, finding.causedBy, finding.fixes.length])).toEqual([
      ['conntrack-table-full', null, 3],
      ['conntrack-early-drop', 'conntrack-table-full', 0],
    ]);
  });

  it('that only evicts refuses nobody, and has the remedy itself', () => {
    const { findings } = diagnosisOf({ count: MAX, earlyDrop: from(5, 1) });
    expect(findings.map((finding) => [finding.code, finding.causedBy, finding.fixes.length])).toContainEqual([
      'conntrack-early-drop',
      null,
      1,
    ]);
  });

  it('that refuses nobody yet says so by its level alone', () => {
    expect(
      only({ count: (second) => (second < 8 ? 60_000 : MAX), drop: 900, insertFailed: 0 }),
    ).toMatchObject({
      severity: 'critical',
      confidenceReasons: ['level-alone'],
      refused: 0,
      sinceMs: 8000,
      untilMs: null,
      fixes: [
        { id: 'raise-conntrack-max', from: MAX },
        { id: 'find-stale-entries' },
        { id: 'shorten-established' },
      ],
    });
  });

  it('says how many were refused, how fast, since when, for whom', () => {
    expect(only({ ...FULL, netns: CONTAINER })).toMatchObject({
      refused: 1500,
      refusedPerSec: 100,
      sinceMs: 6000,
      untilMs: null,
      subject: { kind: 'netns', netns: CONTAINER, label: null },
      causedBy: null,
    });
  });

  it('has clashes held against it, and not counted in', () => {
    const finding = only(
      { ...FULL, drop: from(5, 120), insertFailed: from(5, 20), tableFull: undefined },
      'conntrack-insert-failed',
    );
    expect(finding.refused).toBe(1500);
    expect(finding.against).toMatchObject([{ metric: 'nf_conntrack.insert_failed', value: 300 }]);
    expect(finding.evidence.map((evidence) => evidence.metric)).not.toContain('nf_conntrack.insert_failed');
  });

  it.each<[what: string, table: Table, confidence: number, reasons: string[]]>([
    ['probe and counter agree', FULL, 1, ['probe-and-counter-agree']],
    ['they are sampled seconds apart', { ...FULL, drop: from(9, 100) }, 1, ['probe-and-counter-agree']],
    ['they differ', { ...FULL, drop: from(5, 10) }, 0.9, ['probe-and-counter-differ']],
    ['they agree though the count cannot be read', { ...FULL, count: null }, 1, ['probe-and-counter-agree']],
    ['there is the probe alone', { ...FULL, drop: null }, 0.95, ['probe-alone']],
    ['there is the counter alone', { ...FULL, tableFull: undefined }, 0.9, ['counter-and-level']],
    [
      'bpftrace lost events',
      { ...FULL, besides: [{ ...COVERAGE, lostEvents: 1 }] },
      0.95,
      ['probe-and-counter-agree', 'records-lost'],
    ],
    [
      'there is a gap',
      { ...FULL, besides: [gap(0, 'kernel')] },
      0.95,
      ['probe-and-counter-agree', 'gap-in-window'],
    ],
  ])('is so sure when %s', (_what, table, confidence, confidenceReasons) => {
    expect(only(table)).toMatchObject({ confidence, confidenceReasons });
  });

  it('goes on through five quiet seconds and ends with the sixth, when the table has drained', () => {
    const quietAfter = (end: number): Finding =>
      only({
        ...FULL,
        count: (second) => (second > end ? 40_000 : MAX),
        drop: from(5, 100, end),
        tableFull: from(5, 100, end),
      });
    expect(quietAfter(15)).toMatchObject({ untilMs: null });
    expect(quietAfter(14)).toMatchObject({ untilMs: 14_000, refusedPerSec: 0 });
  });

  it('is not over while the table stands at its limit, though nobody tries', () => {
    expect(only({ ...FULL, drop: from(5, 100, 10), tableFull: from(5, 100, 10) })).toMatchObject({
      untilMs: null,
      refusedPerSec: 0,
    });
  });

  it('is left with the old limit as evidence and nothing to do when the limit has been raised', () => {
    const raised: Table = {
      ...FULL,
      max: (second) => (second < 10 ? MAX : 4 * MAX),
      drop: from(5, 100, 10),
      tableFull: from(5, 100, 10),
    };
    const finding = only(raised);
    expect(finding).toMatchObject({ untilMs: 10_000, refused: 500, fixes: [] });
    expect(finding.evidence[0]).toMatchObject({ value: MAX, limit: MAX });
  });

  it('names the new limit when the table has filled up to that too', () => {
    const finding = only({
      ...FULL,
      max: (second) => (second < 10 ? MAX : 2 * MAX),
      count: (second) => (second < 10 ? MAX + 3 : 2 * MAX),
    });
    expect(finding.evidence[0]).toMatchObject({ value: 2 * MAX, limit: 2 * MAX });
    expect(finding.fixes[0]).toMatchObject({ id: 'raise-conntrack-max', from: 2 * MAX });
  });

  it('names what stale entries may fill it: the timeout, and the connections that the host has itself', () => {
    const withTimeout = (timeoutSec: number): Finding =>
      only({
        ...FULL,
        besides: [
          kernel(0, {
            'Tcp.CurrEstab': 1200,
            'net.netfilter.nf_conntrack_tcp_timeout_established': timeoutSec,
          }),
        ],
      });
    const finding = withTimeout(432_000);
    expect(finding.evidence).toContainEqual(
      expect.objectContaining({
        metric: 'net.netfilter.nf_conntrack_tcp_timeout_established',
        value: 432_000,
      }),
    );
    const stale = finding.fixes.find((fix) => fix.id === 'find-stale-entries');
    expect(stale).toMatchObject({ established: 1200, timeoutSec: 432_000 });
    expect(fixWords(stale ?? { id: 'find-orphans' }).effect).toMatch(
      /^At least 6\d,\d{3} of 6\d,\d{3} entries .* stays for 5 d /,
    );
    expect(finding.fixes.map(({ id }) => id)).toContain('shorten-established');
    // Where it is short already, that is no fix any more.
    expect(withTimeout(21_600).fixes.map(({ id }) => id)).not.toContain('shorten-established');
  });

  it.each<[what: string, max: number, memTotalBytes: number | null, to: number | null]>([
    ['four times', MAX, 8 * 1024 ** 3, 4 * MAX],
    ['four times where memory is unknown', MAX, null, 4 * MAX],
    ['twice where memory is short', MAX, 512 * 1024 ** 2, 2 * MAX],
    ['no further than the sysctl goes', 2 ** 30, null, 2 ** 31 - 1],
    ['nothing where it is as high as it goes', 2 ** 31 - 1, null, null],
  ])('is fixed by a limit of %s', (_what, max, memTotalBytes, to) => {
    const finding = only({ ...FULL, max, count: max, header: { ...HEADER, memTotalBytes } });
    const raise = finding.fixes.filter((fix) => fix.id === 'raise-conntrack-max');
    expect(raise).toMatchObject(to === null ? [] : [{ from: max, to }]);
  });
});

it('warns since the table has been high, with its level and what to do', () => {
  const { findings } = diagnosisOf({
    count: (second) => 45_000 + 1000 * second,
    besides: [gap(0, 'kernel')],
  });
  expect(findings).toMatchObject([
    {
      severity: 'warning',
      confidence: 0.85,
      refused: 0,
      sinceMs: 5000,
      evidence: [{ metric: 'net.netfilter.nf_conntrack_count', value: 65_000, limit: MAX }],
      fixes: [
        { id: 'raise-conntrack-max', from: MAX, to: 4 * MAX },
        { id: 'find-stale-entries' },
        { id: 'shorten-established' },
      ],
    },
  ]);
});
