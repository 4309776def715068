import { describe, expect, it } from 'vitest';
import { layoutOf, layoutOfOne, SMALLEST, tooSmall } from '../../tui/layout.js';
import type { Layout } from '../../tui/layout.js';

const SIZES = [60, 66, 79, 80, 109, 110, 120, 159, 160, 200, 320].flatMap((width) =>
  Array.from({ length: 100 }, (_, index) => ({ width, height: SMALLEST.height + index })),
);

/** How many panes claim each cell. */
function claims(layout: Layout, width: number, height: number): number[][] {
  const grid = Array.from({ length: height }, () => new Array<number>(width).fill(0));
  for (const { left, top, width: columns, height: rows } of layout.values())
    for (let row = top; row < top + rows; row += 1)
      for (let column = left; column < left + columns; column += 1) {
        const claimed = grid[row];
        if (claimed?.[column] === undefined) throw new Error(`a pane leaves the screen at ${column},${row}`);
        claimed[column] = (claimed[column] ?? 0) + 1;
      }
  return grid;
}

describe('the layout', () => {
  it('fills every row of every size, leaves the screen nowhere and lays no pane over another', () => {
    for (const { width, height } of SIZES) {
      const grid = claims(layoutOf(width, height), width, height);
      expect(Math.max(...grid.flat()), `${width}x${height}`).toBe(1);
      expect(
        grid.every((row) => row.includes(1)),
        `${width}x${height}`,
      ).toBe(true);
    }
  });

  it('shows verdict, ladder and rates at every size, in rows enough to be read', () => {
    for (const { width, height } of SIZES) {
      const layout = layoutOf(width, height);
      expect(layout.get('verdict')?.height, `${width}x${height}`).toBeGreaterThanOrEqual(3);
      expect(layout.get('ladder')?.height).toBeGreaterThanOrEqual(4);
      expect(layout.get('rates')?.height).toBeGreaterThanOrEqual(5);
    }
  });

  it('shows who and events from 80x24, charts from 120x36, the limits at 200x60', () => {
    expect([...layoutOf(80, 24).keys()]).toEqual([
      'header',
      'rule',
      'verdict',
      'ladder',
      'rates',
      'who',
      'events',
      'footer',
    ]);
    expect(layoutOf(120, 36).get('charts')?.height).toBeGreaterThanOrEqual(8);
    expect(layoutOf(200, 60).has('limits')).toBe(true);
  });

  it('gives one pane nearly the whole screen', () => {
    const layout = layoutOfOne('who', 80, 24);
    expect(layout.get('who')).toEqual({ left: 0, top: 4, width: 80, height: 19 });
    expect(Math.max(...claims(layout, 80, 24).flat())).toBe(1);
  });

  it.each([
    [60, 16, false],
    [59, 16, true],
    [60, 15, true],
    [0, 0, true],
  ])('at %ix%i panes are too small to read: %s', (width, height, small) => {
    expect(tooSmall(width, height)).toBe(small);
  });
});
