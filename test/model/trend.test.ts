import { expect, it } from 'vitest';
import { createFold, createTrend, trendOf } from '../../src/model/index.js';
import type { Frame } from '../../src/model/index.js';
import { readBundled } from '../scenarios/bundled.js';

async function frames(): Promise<Frame[]> {
  const { header, records } = await readBundled('conntrack-table-full');
  const fold = createFold(header);
  return records.flatMap((record) => fold.push(record) ?? []);
}

it('has a point a frame while they are few', async () => {
  const all = await frames();
  expect(trendOf(all).map((trendPoint) => trendPoint.elapsedMs)).toEqual(all.map((frame) => frame.elapsedMs));
});

it.each([1, 2, 7, 50])(
  'never has more than %i points, and keeps the highest figures and the last moment',
  async (most) => {
    const all = await frames();
    const whole = trendOf(all);
    const trend = createTrend(most);
    for (const [index, frame] of all.entries()) {
      trend.add(frame);
      expect(trend.build().length).toBeLessThanOrEqual(most + 1);
      expect(trend.build().at(-1)?.elapsedMs).toBe(all[index]?.elapsedMs);
    }
    const peak = (points: typeof whole): number[] => [
      Math.max(...points.map((point) => point.perSec.get('probe.table_full') ?? 0)),
      Math.max(...points.flatMap((point) => [...point.ceilings.values()].map(({ used }) => used))),
    ];
    expect(peak(trend.build())).toEqual(peak(whole));
    expect(peak(whole)[0]).toBeGreaterThan(100);
  },
);
