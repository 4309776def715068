import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnose/index.js';
import type { StreamRecord } from '../../src/records/index.js';
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
    ['ok when one figure was read and is well', [kernel(0, { 'TcpExt.ListenOverflows': 0 })], 'ok'],
  ])('is %s', (_what, records, status) => {
    expect(diagnose(windowFrom([...records, tick(0)]))).toMatchObject({ status, findings: [] });
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
    expect(diagnose(windowFrom(full)).status).toBe('warning');
    expect(diagnose(windowFrom([...full, ...gone])).status).toBe('ok');
  });
});

it('says over which window it speaks, the same each time', () => {
  const window = windowFrom([tick(500), tick(2500)]);
  expect(diagnose(window)).toEqual({
    status: 'unknown',
    findings: [],
    reading: { damagedLines: 0, cutOff: false },
    window: { fromMs: 500, toMs: 2500, frameCount: 2 },
  });
  const busy = windowFrom(everySecond(10, (second) => [tableMax(second * 1000), table(second, 5, HOST)]));
  expect(diagnose(busy)).toEqual(diagnose(busy));
});
