import { describe, expect, it } from 'vitest';
import { nearestFirst } from '../../src/model/index.js';
import type { CeilingId, CeilingKey } from '../../src/model/index.js';
import type { CeilingStats } from '../../src/model/index.js';
import {
  CONTAINER,
  everySecond,
  HOST,
  kernel,
  listening,
  node,
  tick,
  windowFrom,
} from '../scenarios/stream.js';

/** The conntrack ceiling after `used` of `limit`, a second each. */
function filled(
  used: readonly (number | null)[],
  limit: number | null | ((second: number) => number) = 1000,
): CeilingStats | undefined {
  const window = windowFrom(
    everySecond(used.length - 1, (second) => [
      node(second * 1000, {
        'net.netfilter.nf_conntrack_max': typeof limit === 'function' ? limit(second) : limit,
      }),
      kernel(second * 1000, { 'net.netfilter.nf_conntrack_count': used[second] ?? null }),
    ]),
  );
  return window.ceilings.find((ceiling) => ceiling.key === `conntrack:${HOST}`);
}

const rising = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, second) => from + second * step);

describe('a ceiling over a window', () => {
  it.each<[what: string, stats: CeilingStats | undefined, expected: Partial<CeilingStats>]>([
    [
      'knows when it will be full',
      filled(rising(0, 500, 100)),
      { growthPerSec: 100, fullInSec: 5, share: 0.5 },
    ],
    ['is full now', filled([900, 1000]), { fullInSec: 0, share: 1 }],
    ['may be over its limit', filled([1000, 1010]), { fullInSec: 0, share: 1.01 }],
    ['will not be full while it is level', filled([500, 500]), { growthPerSec: 0, fullInSec: null }],
    [
      'will not be full while it goes up and down, however high it ends',
      filled([870, 900, 872, 895, 870, 900]),
      { growthPerSec: 6, fullInSec: null },
    ],
    ['fills though it falls a little on the way', filled([500, 560, 550, 620, 700]), { fullInSec: 6 }],
    ['will not be full while it drains', filled([500, 400]), { growthPerSec: -100, fullInSec: null }],
    ['does not look further than a day', filled([0, 0, 1], 100_000), { growthPerSec: 0.5, fullInSec: null }],
    ['says nothing of growth after one frame', filled([500]), { growthPerSec: null, fullInSec: null }],
    ['says nothing without a limit', filled([100, 200], null), { share: null, fullInSec: null, peak: null }],
    [
      'says nothing where 0 means no limit',
      filled([100, 200], 0),
      { share: null, fullInSec: null, peak: null },
    ],
    [
      'says nothing while its level is unknown',
      filled([100, null]),
      { used: null, share: null, growthPerSec: null, fullInSec: null },
    ],
    [
      'remembers its peak',
      filled([100, 900, 300]),
      { peak: { used: 900, limit: 1000, share: 0.9, atMs: 1000 } },
    ],
    [
      'remembers its peak with the limit of that moment',
      filled([100, 900, 950], (second) => (second < 2 ? 1000 : 4000)),
      { limit: 4000, peak: { used: 900, limit: 1000, share: 0.9, atMs: 1000 } },
    ],
    ['is high since it first was', filled([100, 750, 760, 800]), { highSinceMs: 1000 }],
    ['is high since the last break', filled([800, 100, 800]), { highSinceMs: 2000 }],
    ['is not high below three quarters', filled([800, 749]), { highSinceMs: null }],
    ['stays high while its level cannot be read', filled([800, null, 800]), { highSinceMs: 0 }],
  ])('%s', (_what, stats, expected) => {
    expect(stats).toMatchObject(expected);
  });

  it('judges by its last ten seconds, so that a peak that drains does not seem to grow', () => {
    expect(filled([...rising(0, 900, 45), ...rising(890, 790, -10)])).toMatchObject({
      growthPerSec: -10,
      fullInSec: null,
    });
    expect(filled([...Array<number>(60).fill(0), ...rising(0, 500, 50)])).toMatchObject({
      growthPerSec: 50,
      fullInSec: 10,
    });
  });

  it('stands where the share that is shown says, and what it refuses decides between equals', () => {
    const item = (
      id: CeilingId,
      share: number | null,
    ): { id: CeilingId; key: CeilingKey; share: number | null } => ({
      id,
      key: `${id}:1`,
      share,
    });
    const order = nearestFirst([
      item('conntrack', 0),
      item('time-wait', 0.0004),
      item('neighbours-ipv6', 0.0049),
      item('orphans', null),
      item('accept-queue', 0.6321),
      item('process-fds', 0.6349),
      item('file-handles', 0.9961),
      item('threads', 1),
    ]).map(({ id }) => id);
    expect(order).toEqual([
      'threads',
      'file-handles',
      'accept-queue',
      'process-fds',
      'neighbours-ipv6',
      'time-wait',
      'conntrack',
      'orphans',
    ]);
  });

  it('is there for each thing that can run out, nearest first', () => {
    const window = windowFrom([
      node(0, {
        'net.netfilter.nf_conntrack_max': 100,
        'fs.file-nr.allocated': 10,
        'fs.file-max': 100,
        'sockstat.TCP.orphan': 1,
        'net.ipv4.tcp_max_orphans': 100,
        'sockstat.TCP.mem': 2,
        'net.ipv4.tcp_mem.max': 100,
      }),
      kernel(0, {
        'net.netfilter.nf_conntrack_count': 50,
        'sockstat.TCP.tw': 40,
        'net.ipv4.tcp_max_tw_buckets': 100,
      }),
      kernel(0, { 'net.netfilter.nf_conntrack_count': 60, 'sockstat.TCP.tw': 30 }, CONTAINER),
      { type: 'processes', elapsedMs: 0, processes: [{ pid: 7, comm: 'x', fds: 70, fdLimit: 100 }] },
      listening(0, { acceptQueue: 17, backlog: 16 }),
      tick(0),
    ]);
    expect(
      nearestFirst(window.ceilings).map((ceilingStats) => [
        ceilingStats.id,
        ceilingStats.used,
        ceilingStats.limit,
      ]),
    ).toEqual([
      ['accept-queue', 17, 16],
      ['process-fds', 70, 100],
      ['conntrack', 60, 100],
      ['conntrack', 50, 100],
      ['time-wait', 40, 100],
      ['file-handles', 10, 100],
      ['tcp-memory', 2, 100],
      ['orphans', 1, 100],
      // The limit of another namespace cannot be read from outside: unknown, not ours.
      ['time-wait', 30, null],
    ]);
  });
});
