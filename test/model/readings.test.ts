import { expect, it } from 'vitest';
import { createFold, createTrend, createWindow } from '../../src/model/index.js';
import type { Frame } from '../../src/model/index.js';
import type { MetricName, StreamRecord } from '../../src/records/index.js';
import { seededRandom, SEED } from '../random.js';
import { CONTAINER, gap, HEADER, HOST, kernel, node, probes, tick } from '../scenarios/stream.js';

const NAMES = [
  'Tcp.CurrEstab',
  'Tcp.PassiveOpens',
  'TcpExt.TW',
  'nf_conntrack.drop',
  'net.netfilter.nf_conntrack_count',
  'net.netfilter.nf_conntrack_max',
] as const satisfies readonly MetricName[];

/** How many readings of each frame differ from the frame before. */
function changes(records: readonly StreamRecord[]): number[] {
  const fold = createFold(HEADER);
  let before: Frame | null = null;
  return records.flatMap((record) => {
    const frame = fold.push(record);
    if (frame === null) return [];
    let count = 0;
    frame.readings.forEachChange(before?.readings ?? null, () => (count += 1));
    before = frame;
    return [count];
  });
}

const thousand = Array.from({ length: 1000 }, (_, index) =>
  kernel(0, { 'Tcp.CurrEstab': index, 'Tcp.PassiveOpens': 1, 'nf_conntrack.drop': 1 }, 1000 + index),
);

it('a frame costs what changed in it, however many namespaces stand still', () => {
  expect(
    changes([
      ...thousand,
      tick(0),
      tick(1000),
      kernel(1500, { 'Tcp.CurrEstab': 1, 'Tcp.PassiveOpens': 1 }, 1500),
      tick(2000),
      tick(3000),
    ]),
    // The rates that were unknown are 0 from the second sample on, and its level is another.
  ).toEqual([3000, 0, 3, 0]);
});

it('all that a silent source reported changes once, when it becomes stale', () => {
  const ticks = [0, 1000, 2000, 3000, 4000, 5000].map((ms) => tick(ms));
  const seen = changes([...thousand, ...ticks]);
  expect(seen.filter((count) => count > 0)).toEqual([3000, 3000]);
});

/** Records of two namespaces and the host, most of which repeat what was, at a pace of their own. */
function randomRecords(seed: number): StreamRecord[] {
  const random = seededRandom(seed);
  const pick = (below: number): number => Math.floor(random() * below);
  const records: StreamRecord[] = [];
  let ms = 0;
  for (let step = 0; step < 120; step += 1) {
    const name = NAMES[pick(NAMES.length)] ?? 'Tcp.CurrEstab';
    const value = random() < 0.1 ? null : pick(4) * 30;
    const netns = random() < 0.5 ? HOST : CONTAINER;
    const what = random();
    if (what < 0.25) records.push(kernel(ms, { [name]: value }, netns));
    else if (what < 0.3) records.push(kernel(ms, {}, netns));
    else if (what < 0.35) records.push(node(ms, { 'net.netfilter.nf_conntrack_max': 100 + pick(2) }));
    else if (what < 0.45)
      records.push(
        probes(ms, { 'probe.netfilter_drop_syn': step, 'probe.netfilter_drop_port': pick(3) }, netns),
      );
    else if (what < 0.47) records.push(gap(ms, 'kernel'));
    else {
      ms += random() < 0.1 ? 20_000 : 1000;
      records.push(tick(ms));
    }
  }
  return [...records, tick(ms + 1000)];
}

/** The frames of one fold, and the same of a fold that is begun anew from its state before each frame. */
function framesTwice(records: readonly StreamRecord[]): { shared: Frame[]; alone: Frame[] } {
  const shared: Frame[] = [];
  const alone: Frame[] = [];
  const whole = createFold(HEADER);
  let part = createFold(HEADER);
  for (const record of records) {
    const frame = whole.push(record);
    const same = part.push(record);
    if (frame !== null) shared.push(frame);
    if (same === null) continue;
    alone.push(same);
    part = createFold(HEADER, part.state());
  }
  return { shared, alone };
}

const textOf = (item: unknown): string => JSON.stringify(item);

/** All that is read of a window and a trend over the frames, at several moments and after a clone. */
function outcome(frames: readonly Frame[]): unknown {
  let builder = createWindow(HEADER);
  const trend = createTrend();
  const windows = frames.map((frame, index) => {
    builder.add(frame);
    trend.add(frame);
    if (index % 5 === 2) builder = builder.clone();
    const window = index % 3 === 0 || index === frames.length - 1 ? builder.build() : null;
    if (window === null) return null;
    const { last, series, ceilings, plateaus, limitChanges, droppedPorts } = window;
    // In no order: a fold that is begun anew has its figures in another.
    const lists = [last.readings.values(), series, ceilings, plateaus, limitChanges, droppedPorts];
    return lists.map((list) => Array.from<unknown>(list).map(textOf).sort());
  });
  const points = trend.build().map(({ elapsedMs, ceilings, perSec }) => ({
    elapsedMs,
    ceilings: [...ceilings].map(textOf).sort(),
    perSec: [...perSec].map(textOf).sort(),
  }));
  return { windows, points };
}

it(`what stands still is counted as what is looked at anew in each frame (seed ${SEED})`, () => {
  for (let seed = SEED; seed < SEED + 40; seed += 1) {
    const { shared, alone } = framesTwice(randomRecords(seed));
    expect(outcome(shared), `seed ${seed}`).toEqual(outcome(alone));
  }
});
