import { describe, expect, it } from 'vitest';
import { readingOf } from '../../src/model/index.js';
import type { Frame } from '../../src/model/index.js';
import { NODE_WIDE } from '../../src/records/index.js';
import type { StreamRecord } from '../../src/records/index.js';
import {
  CONTAINER,
  everySecond,
  framesOf,
  gap,
  HOST,
  kernel,
  node,
  probes,
  tick,
} from '../scenarios/stream.js';

const dropped = (elapsedMs: number, drop: number | null, netns = HOST): StreamRecord =>
  kernel(elapsedMs, { 'nf_conntrack.drop': drop }, netns);
const refused = (elapsedMs: number, count: number | null, netns = HOST): StreamRecord =>
  probes(elapsedMs, { 'probe.table_full': count }, netns);

function dropRates(records: readonly StreamRecord[], netns = HOST): (number | null | undefined)[] {
  return framesOf(records).map((frame) => readingOf(frame, netns, 'nf_conntrack.drop')?.perSec);
}

function probeRates(records: readonly StreamRecord[], netns = HOST): (number | null | undefined)[] {
  return framesOf(records).map((frame) => readingOf(frame, netns, 'probe.table_full')?.perSec);
}

describe('the rate of a counter', () => {
  it.each<[what: string, records: StreamRecord[], rates: (number | null)[]]>([
    [
      'is unknown at the first sample, not 0',
      [dropped(0, 500), tick(0), dropped(1000, 500), tick(1000)],
      [null, 0],
    ],
    [
      'is the growth over the time between the two samples, not between the ticks',
      [dropped(0, 0), tick(0), dropped(2500, 100), tick(2000)],
      [null, 40],
    ],
    [
      'is not distorted by a late sample',
      [dropped(0, 0), tick(0), dropped(1000, 10), tick(1000), tick(2000), dropped(2500, 25), tick(3000)],
      [null, 10, 10, 10],
    ],
    [
      'is 0 when a sample leaves it out, for it is unchanged then',
      [dropped(0, 0), tick(0), dropped(1000, 10), tick(1000), kernel(2000, {}), tick(2000)],
      [null, 10, 0],
    ],
    [
      'is counted from the sample that left it out',
      [dropped(0, 0), kernel(1000, {}), dropped(2000, 10), tick(2000)],
      [10],
    ],
    [
      'is unknown while the figure is, and for the interval after',
      [
        dropped(0, 0),
        dropped(1000, null),
        tick(1000),
        kernel(2000, {}),
        tick(2000),
        dropped(3000, 9),
        tick(3000),
        dropped(4000, 10),
        tick(4000),
      ],
      [null, null, null, 1],
    ],
    [
      'is unknown for the interval in which the counter went backwards, and only that',
      [dropped(0, 500), dropped(1000, 3), tick(1000), dropped(2000, 5), tick(2000)],
      [null, 2],
    ],
    [
      'is unknown when no time or less has passed',
      [
        dropped(1000, 0),
        dropped(1000, 5),
        tick(1000),
        dropped(900, 9),
        tick(1000),
        kernel(900, {}),
        tick(1000),
      ],
      [null, null, null],
    ],
    [
      'is unknown across a gap and known again after',
      [
        dropped(0, 0),
        dropped(1000, 5),
        gap(5000, 'kernel'),
        tick(5000),
        dropped(6000, 9000),
        tick(6000),
        dropped(7000, 9001),
        tick(7000),
      ],
      [null, null, 1],
    ],
    [
      'is unknown after a gap though nothing changed across it',
      [
        dropped(0, 0),
        dropped(1000, 5),
        gap(5000, 'kernel'),
        kernel(6000, {}),
        tick(6000),
        kernel(7000, {}),
        tick(7000),
      ],
      [null, 0],
    ],
    [
      "is not touched by another source's gap",
      [dropped(0, 0), dropped(1000, 5), gap(1000, 'bpftrace'), tick(1000)],
      [5],
    ],
    [
      'is unknown once its source has been silent for more than three intervals',
      [dropped(0, 0), dropped(1000, 5), tick(4000), tick(4001)],
      [5, null],
    ],
  ])('%s', (_what, records, rates) => {
    expect(dropRates(records)).toEqual(rates);
  });

  it('goes stale for the whole node as for a namespace', () => {
    const records = [
      node(0, { 'softnet.dropped': 0 }),
      node(1000, { 'softnet.dropped': 7 }),
      tick(1000),
      tick(9000),
    ];
    expect(framesOf(records).map((frame) => readingOf(frame, NODE_WIDE, 'softnet.dropped')?.perSec)).toEqual([
      7,
      null,
    ]);
  });

  it('is of its own namespace', () => {
    const records = everySecond(2, (second) => [
      dropped(second * 1000, second * 5),
      dropped(second * 1000, second * 70, CONTAINER),
    ]);
    expect(dropRates(records)).toEqual([null, 5, 5]);
    expect(dropRates(records, CONTAINER)).toEqual([null, 70, 70]);
  });

  it('is never given for a level or a limit', () => {
    const [, frame] = framesOf(
      everySecond(1, (second) => [
        node(second * 1000, { 'fs.file-max': 10 + second }),
        kernel(second * 1000, { 'sockstat.TCP.tw': second }),
      ]),
    );
    expect([...(frame?.readings.values() ?? [])].map((reading) => reading.perSec)).toEqual([null, null]);
  });
});

describe('a namespace that is first seen later', () => {
  it("counts from 0 since the probes' last report, whichever namespace is reported first", () => {
    const both = (first: number, second: number): (number | null | undefined)[] =>
      probeRates(
        [
          refused(0, 0),
          refused(1000, 4),
          tick(1000),
          refused(3000, 6, first),
          refused(3000, 6, second),
          tick(3000),
        ],
        CONTAINER,
      );
    expect(both(CONTAINER, HOST)).toEqual([undefined, 3]);
    expect(both(HOST, CONTAINER)).toEqual([undefined, 3]);
  });

  it('has no rate when its first report is the first of the probes, or the first after a gap', () => {
    expect(probeRates([refused(0, 7), refused(0, 7, CONTAINER), tick(0)], CONTAINER)).toEqual([null]);
    expect(
      probeRates(
        [
          refused(0, 7),
          refused(1000, 8),
          gap(9000, 'bpftrace'),
          refused(9500, 9),
          refused(9500, 7, CONTAINER),
          tick(9500),
        ],
        CONTAINER,
      ),
    ).toEqual([null]);
  });

  it('has no rate at first by the kernel, whose counters run since boot', () => {
    const records = [dropped(0, 0), dropped(1000, 0), dropped(1000, 5000, CONTAINER), tick(1000)];
    expect(dropRates(records, CONTAINER)).toEqual([null]);
  });

  it('does not count from 0 when the figure was unknown before', () => {
    expect(probeRates([refused(0, 0), refused(1000, null), refused(2000, 5000), tick(2000)])).toEqual([null]);
  });
});

describe('a level', () => {
  const level = (frame: Frame): number | null | undefined =>
    readingOf(frame, CONTAINER, 'net.netfilter.nf_conntrack_count')?.value;
  const counted = (elapsedMs: number): StreamRecord =>
    kernel(elapsedMs, { 'net.netfilter.nf_conntrack_count': 65_536, 'nf_conntrack.drop': 9 }, CONTAINER);

  it('stays while its source says nothing of it', () => {
    expect(framesOf([counted(0), tick(0), kernel(9000, {}, CONTAINER), tick(9000)]).map(level)).toEqual([
      65_536, 65_536,
    ]);
  });

  it('is unknown once its source is silent: the container may be gone', () => {
    const frames = framesOf([
      counted(0),
      tick(3000),
      tick(3001),
      gap(4000, 'kernel'),
      tick(4000),
      kernel(5000, {}, CONTAINER),
      tick(5000),
    ]);
    expect(frames.map(level)).toEqual([65_536, null, null, 65_536]);
    // What a counter had reached stays known.
    expect(frames.map((frame) => readingOf(frame, CONTAINER, 'nf_conntrack.drop')?.value)).toEqual([
      9, 9, 9, 9,
    ]);
  });
});

it('keeps the rate of the last whole second where the stream is read once more at its end', () => {
  const frames = framesOf([
    kernel(0, { 'TcpExt.ListenDrops': 0, 'Tcp.PassiveOpens': 0 }),
    tick(0),
    kernel(1000, { 'TcpExt.ListenDrops': 10, 'Tcp.PassiveOpens': 7 }),
    tick(1000),
    kernel(1035, { 'TcpExt.ListenDrops': 14 }),
    tick(1035),
  ]);
  expect(frames.at(-1)?.readings.get(`${HOST}:TcpExt.ListenDrops`)).toMatchObject({ value: 14, perSec: 10 });
  expect(frames.at(-1)?.readings.get(`${HOST}:Tcp.PassiveOpens`)).toMatchObject({ value: 7, perSec: 7 });
});
