import { describe, expect, it } from 'vitest';
import { createWindow, namespacesOf, seriesOf, windowOf } from '../../src/model/index.js';
import type { ListenerStats, SeriesStats } from '../../src/model/index.js';
import { NODE_WIDE } from '../../src/records/index.js';
import type { Listener, StreamRecord } from '../../src/records/index.js';
import {
  CONTAINER,
  everySecond,
  framesOf,
  gap,
  HEADER,
  HOST,
  kernel,
  listening,
  node,
  probes,
  tick,
  windowFrom,
} from '../scenarios/stream.js';

type Figure = number | null | undefined;

/** A counter at each second; `undefined` leaves it out, as a stream does before it is first known. */
function counting(source: typeof kernel, figures: readonly Figure[]): SeriesStats | undefined {
  const name = source === kernel ? 'nf_conntrack.drop' : 'probe.table_full';
  const window = windowFrom(
    everySecond(figures.length - 1, (second) => {
      const figure = figures[second];
      return [source(second * 1000, figure === undefined ? {} : { [name]: figure })];
    }),
  );
  return seriesOf(window, HOST, name);
}

const span = (from: number, to: number): object => ({ fromMs: from * 1000, toMs: to * 1000 });

describe('the growth of a counter over a window', () => {
  it.each<[what: string, figures: Figure[], growth: number | null, grew: object | null]>([
    ['is unknown with one value', [500], null, null],
    ['is 0 when nothing happened', [500, 500, 500], 0, null],
    ['is what was added inside the window, not before it', [500, 510, 510, 530, 530], 30, span(1, 3)],
    ['leaves out a reset and counts on after it', [500, 510, 0, 7], 17, span(1, 3)],
    ['is unknown while the figure was never known', [null, null], null, null],
    ['goes on over a moment at which the figure could not be read', [500, null, 520], 20, span(2, 2)],
    ['is unknown when only one value was known', [null, 500, null], null, null],
    [
      "does not start from 0 for the kernel's counters, which run since boot",
      [undefined, 500, 501],
      1,
      span(2, 2),
    ],
  ])('%s', (_what, figures, growth, grew) => {
    expect(counting(kernel, figures)).toMatchObject({ growth, grew });
  });

  it.each<[what: string, figures: Figure[], growth: number | null, grew: object | null]>([
    ['from 0 when the probes first report inside the window', [undefined, 40, 50], 50, span(1, 2)],
    ['to nothing when they first report 0', [undefined, 0, 0], 0, null],
    ['only what was added when the window begins with them', [40, 50], 10, span(1, 1)],
    [
      'from the first known value when they begin with an unknown one',
      [undefined, null, 50, 60],
      10,
      span(3, 3),
    ],
  ])('counts for the probes %s', (_what, figures, growth, grew) => {
    expect(counting(probes, figures)).toMatchObject({ growth, grew });
  });

  it('keeps the last, least and highest value and the highest rate', () => {
    expect(counting(kernel, [100, 150, 400, 400, 401])).toMatchObject({
      last: 401,
      min: 100,
      max: 401,
      perSec: 1,
      peakPerSec: 250,
    });
    expect(counting(kernel, [100, 150, null])).toMatchObject({
      last: null,
      max: 150,
      perSec: null,
      peakPerSec: 50,
    });
  });

  it('is not given for levels', () => {
    const window = windowFrom(
      everySecond(2, (second) => [kernel(second * 1000, { 'sockstat.TCP.tw': 100 * second })]),
    );
    expect(seriesOf(window, HOST, 'sockstat.TCP.tw')).toMatchObject({
      last: 200,
      min: 0,
      max: 200,
      growth: null,
      grew: null,
    });
    expect(seriesOf(window, CONTAINER, 'sockstat.TCP.tw')).toBeUndefined();
  });
});

describe('a listener over a window', () => {
  const seen = (...seconds: (Partial<Listener> | null)[]): readonly ListenerStats[] =>
    windowFrom(
      everySecond(seconds.length - 1, (second) => {
        const item = seconds[second];
        return [item == null ? listening(second * 1000) : listening(second * 1000, item)];
      }),
    ).listeners;

  it.each<[what: string, stats: readonly ListenerStats[], expected: object]>([
    [
      'counts its overflows inside the window',
      seen({ overflows: 5 }, { overflows: 5 }, { overflows: 9 }),
      { overflowGrowth: 4, grew: span(2, 2) },
    ],
    [
      'says 0, not unknown, when probes saw none',
      seen({ overflows: 5 }, { overflows: 5 }),
      { overflowGrowth: 0, grew: null },
    ],
    [
      'says unknown without probes',
      seen({ overflows: null }, { overflows: null }),
      { overflowGrowth: null, grew: null },
    ],
    [
      'counts from 0 when the probes attach inside the window',
      seen({ overflows: null }, { overflows: 3 }),
      { overflowGrowth: 3, grew: span(1, 1) },
    ],
    [
      'counts from 0 when it appears inside the window',
      seen(null, { overflows: 3 }, { overflows: 4 }),
      { overflowGrowth: 4, grew: span(1, 2) },
    ],
    [
      'does not count what was before the window',
      seen({ overflows: 100 }),
      { overflowGrowth: 0, grew: null },
    ],
    [
      'is remembered after it is gone',
      seen({ overflows: 0 }, { overflows: 3 }, null),
      { overflowGrowth: 3, grew: span(1, 1) },
    ],
    [
      'does not count backwards',
      seen({ overflows: 9 }, { overflows: 2 }, { overflows: 3 }),
      { overflowGrowth: 1, grew: span(2, 2) },
    ],
    [
      'keeps its longest queue and its newest state',
      seen({ acceptQueue: 17 }, { acceptQueue: 3 }, { acceptQueue: null }),
      { peakQueue: 17, listener: { acceptQueue: null } },
    ],
    ['has no longest queue when none was known', seen({ acceptQueue: null }), { peakQueue: null }],
  ])('%s', (_what, stats, expected) => {
    expect(stats).toHaveLength(1);
    expect(stats[0]).toMatchObject(expected);
  });

  it('is another one on another port, address, namespace or socket', () => {
    const changes: Partial<Listener>[] = [
      {},
      { port: 1 },
      { address: '::' },
      { netns: CONTAINER },
      { inode: 2 },
      { inode: null },
    ];
    const overflowing = (second: number): StreamRecord[] => [
      listening(second * 1000, ...changes.map((change, index) => ({ ...change, overflows: second * index }))),
    ];
    expect(
      windowFrom(everySecond(1, overflowing)).listeners.map((listener) => listener.overflowGrowth),
    ).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('a window', () => {
  it('is not there without a frame', () => {
    expect(windowOf(HEADER, [])).toBeNull();
  });

  it('spans its frames, with their gaps and namespaces', () => {
    const window = windowFrom([
      node(0, { 'fs.file-max': 1 }),
      kernel(500, {}, CONTAINER),
      probes(500, { 'probe.syn': 1 }),
      tick(500),
      gap(1500, 'bpftrace'),
      tick(1500),
      tick(2500),
    ]);
    expect(window).toMatchObject({ fromMs: 500, toMs: 2500, frameCount: 3, last: { elapsedMs: 2500 } });
    expect(window.gaps).toEqual([{ source: 'bpftrace', reason: 'stopped', atMs: 1500 }]);
    expect(namespacesOf(window)).toEqual([NODE_WIDE, HOST]);
  });

  it('is a snapshot: frames that are added later do not change it', () => {
    const builder = createWindow(HEADER);
    const frames = framesOf(
      everySecond(3, (second) => [
        kernel(second * 1000, { 'nf_conntrack.drop': second }),
        listening(second * 1000, { overflows: second }),
        gap(second * 1000, 'bpftrace'),
      ]),
    );
    for (const frame of frames.slice(0, 2)) builder.add(frame);
    const window = builder.build();
    const before = structuredClone(window);
    for (const frame of frames.slice(2)) builder.add(frame);
    expect(window).toEqual(before);
    expect(builder.build()?.listeners[0]?.overflowGrowth).toBe(3);
  });
});
