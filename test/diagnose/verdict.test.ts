import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnose/index.js';
import type { CoverageRecord, StreamRecord } from '../../src/records/index.js';
import {
  CONTAINER,
  COVERAGE,
  everySecond,
  HOST,
  kernel,
  listening,
  node,
  tick,
  windowFrom,
} from '../scenarios/stream.js';

const tableMax = (ms: number): StreamRecord => node(ms, { 'net.netfilter.nf_conntrack_max': 1000 });

/** A full table that refuses so many a second, up to a second. */
const table = (second: number, perSec: number, netns: number, until = Infinity): StreamRecord =>
  kernel(
    second * 1000,
    { 'net.netfilter.nf_conntrack_count': 1000, 'nf_conntrack.drop': perSec * Math.min(second, until) },
    netns,
  );

function codesOf(records: StreamRecord[]): string[] {
  return diagnose(windowFrom(records)).findings.map(({ code, subject }) => {
    const whom =
      subject.kind === 'netns' ? subject.netns : subject.kind === 'listener' ? subject.listener.port : '';
    return `${code} ${whom}`;
  });
}

describe('two causes at once', () => {
  it.each([
    [
      'the table first, which refuses more',
      50,
      20,
      [`conntrack-table-full ${HOST}`, 'accept-queue-overflow 8883'],
    ],
    [
      'the queue first, which refuses more',
      20,
      50,
      ['accept-queue-overflow 8883', `conntrack-table-full ${HOST}`],
    ],
  ])('are both named, %s', (_what, drops, overflows, codes) => {
    const records = everySecond(10, (second) => [
      tableMax(second * 1000),
      table(second, drops, HOST),
      listening(second * 1000, { acceptQueue: 17, overflows: overflows * second }),
    ]);
    expect(codesOf(records)).toEqual(codes);
  });

  it('are ordered by what goes on before what has ended, whatever it cost', () => {
    const records = everySecond(20, (second) => [
      tableMax(second * 1000),
      table(second, 900, HOST, 5),
      table(second, 1, CONTAINER),
    ]);
    expect(codesOf(records)).toEqual([`conntrack-table-full ${CONTAINER}`, `conntrack-table-full ${HOST}`]);
  });

  it('are ordered by severity first', () => {
    const records = everySecond(20, (second) => [
      tableMax(second * 1000),
      kernel(second * 1000, { 'net.netfilter.nf_conntrack_count': 990 }, CONTAINER),
      table(second, 1, HOST, 5),
    ]);
    expect(codesOf(records)).toEqual([
      `conntrack-table-full ${HOST}`,
      `conntrack-table-filling ${CONTAINER}`,
    ]);
  });
});

describe('the status without a finding', () => {
  it.each<[what: string, records: StreamRecord[], status: string]>([
    ['unknown when nothing was read', [], 'unknown'],
    [
      'unknown when everything that was read is unknown',
      [kernel(0, { 'nf_conntrack.drop': null, 'softnet.dropped': null })],
      'unknown',
    ],
    [
      'unknown when only limits were read',
      [node(0, { 'fs.file-max': 100, 'net.netfilter.nf_conntrack_max': 1 })],
      'unknown',
    ],
    ['unknown when there is only a coverage that says why', [{ ...COVERAGE, probes: 'failed' }], 'unknown'],
  ])('is %s', (_what, records, status) => {
    expect(diagnose(windowFrom([...records, tick(0)]))).toMatchObject({
      status,
      measuring: false,
      findings: [],
    });
  });

  it('is measuring, and no all-clear, until a counter has two samples', () => {
    const first = [kernel(0, { 'TcpExt.ListenOverflows': 0 }), tick(0)];
    expect(diagnose(windowFrom(first))).toMatchObject({ status: 'unknown', measuring: true });
    // A second frame in which the kernel has not been read again measures nothing.
    expect(diagnose(windowFrom([node(0, { 'softnet.dropped': null }), tick(0), tick(1)]))).toMatchObject({
      status: 'unknown',
    });
    const second = [...first, kernel(1000, { 'TcpExt.ListenOverflows': 0 }), tick(1000)];
    expect(diagnose(windowFrom(second))).toMatchObject({ status: 'ok', measuring: false });
  });

  it('is ok again when a container that had filled its table is gone', () => {
    const full = everySecond(10, (second) => [
      tableMax(second * 1000),
      kernel(second * 1000, { 'net.netfilter.nf_conntrack_count': 1000 }, CONTAINER),
    ]);
    const gone = Array.from({ length: 10 }, (_, second) => [
      tableMax((second + 11) * 1000),
      kernel((second + 11) * 1000, { 'sockstat.TCP.tw': 1 }),
      tick((second + 11) * 1000),
    ]).flat();
    expect(diagnose(windowFrom(full)).status).toBe('critical');
    expect(diagnose(windowFrom([...full, ...gone])).status).toBe('ok');
  });
});

it('says over which window it speaks, the same each time', () => {
  const window = windowFrom([tick(500), tick(2500)]);
  expect(diagnose(window)).toEqual({
    status: 'unknown',
    measuring: false,
    findings: [],
    coverage: { blindSpots: [], unwatched: [] },
    inputHealth: { damagedLines: 0, cutOff: false },
    window: { fromMs: 500, toMs: 2500, frameCount: 2 },
  });
  const busy = windowFrom(everySecond(10, (second) => [tableMax(second * 1000), table(second, 5, HOST)]));
  expect(diagnose(busy)).toEqual(diagnose(busy));
});

describe('what could not be read', () => {
  const quiet = (changes: Partial<CoverageRecord>, seconds = 10): StreamRecord[] =>
    everySecond(seconds, (second) => [
      kernel(second * 1000, { 'TcpExt.ListenOverflows': 0, 'TcpExt.ListenDrops': 0 }),
      { ...COVERAGE, elapsedMs: second * 1000, ...changes },
    ]);

  it.each<[what: string, changes: Partial<CoverageRecord>, kinds: string[]]>([
    ['nothing', {}, []],
    ['nothing, as a capture that lists it says', { unread: [] }, []],
    ['nothing that hides a refusal', { unreadable: [{ what: 'the wall clock', why: 'it was set' }] }, []],
    [
      'namespaces that only root may read',
      { unread: [{ kind: 'namespaces', count: 3, names: ['4026532291'], why: 'EACCES' }] },
      ['namespaces'],
    ],
    [
      'processes, and nobody knows how many',
      { unread: [{ kind: 'processes', count: null, names: [], why: 'EACCES' }] },
      ['processes'],
    ],
    [
      'the sockets, in a capture from before kinds were told',
      { unreadable: [{ what: 'listening sockets', why: 'ss failed' }] },
      ['listeners'],
    ],
  ])('makes the status unknown instead of ok: %s', (_what, changes, kinds) => {
    const { status, coverage } = diagnose(windowFrom(quiet(changes)));
    expect(coverage.blindSpots.map(({ kind }) => kind)).toEqual(kinds);
    expect(status).toBe(kinds.length === 0 ? 'ok' : 'unknown');
  });

  it('leaves a finding its severity', () => {
    const unread = [{ kind: 'namespaces', count: 1, names: [], why: 'EACCES' }] as const;
    const records = everySecond(10, (second) => [
      tableMax(second * 1000),
      table(second, 5, HOST),
      { ...COVERAGE, elapsedMs: second * 1000, unread },
    ]);
    expect(diagnose(windowFrom(records))).toMatchObject({ status: 'critical' });
  });

  it('is told of a counter that the kernel does not show, and of a source that fell silent', () => {
    const hidden = everySecond(5, (second) => [
      kernel(second * 1000, { 'TcpExt.ListenOverflows': null, 'Tcp.PassiveOpens': 7 }),
    ]);
    expect(diagnose(windowFrom(hidden))).toMatchObject({
      status: 'unknown',
      coverage: { blindSpots: [{ kind: 'counters', names: ['TcpExt.ListenOverflows'] }] },
    });
    const silent = [...quiet({}, 5), ...Array.from({ length: 5 }, (_, second) => tick((second + 6) * 1000))];
    expect(diagnose(windowFrom(silent))).toMatchObject({
      status: 'unknown',
      coverage: { blindSpots: [{ kind: 'source', names: ['kernel'] }] },
    });
  });
});

describe('what is in use and not watched', () => {
  it('is named, and makes what it could explain less sure, alone', () => {
    const told = (unwatched: CoverageRecord['unwatched'] & object): number[] =>
      diagnose(
        windowFrom(
          everySecond(10, (second) => [
            tableMax(second * 1000),
            table(second, 5, HOST),
            { ...COVERAGE, elapsedMs: second * 1000, unwatched },
            kernel(second * 1000, { 'TcpExt.TCPReqQFullDrop': 3 * second }),
          ]),
        ),
      ).findings.map(({ confidence }) => confidence);
    expect(told([])).toEqual([0.9, 0.95]);
    expect(told([{ id: 'synproxy', seen: '2 rules' }])).toEqual([0.9, 0.9]);
  });
});

describe('since when', () => {
  const refusing = (from: number): StreamRecord[] =>
    everySecond(20, (second) => [
      tableMax(second * 1000),
      kernel(second * 1000, {
        'net.netfilter.nf_conntrack_count': 1000,
        'nf_conntrack.drop': 5 * Math.max(0, second - from),
      }),
    ]);

  it.each([
    ['at the first difference, was under way when the watch began', 0, true],
    ['later, was not', 5, false],
  ])('what is seen %s', (_what, from, sinceStart) => {
    expect(diagnose(windowFrom(refusing(from))).findings).toMatchObject([
      { code: 'conntrack-table-full', sinceStart },
    ]);
  });
});
