import { describe, expect, it } from 'vitest';
import { dashes, roundTop, strokesOf } from '../../../tui/chart/plot.js';
import { blockRows } from '../../../tui/chart/blocks.js';
import { fitCount } from '../../../tui/draw/fit-count.js';
import { clipLine, column, seg, alignEnds, textOf, widthOf } from '../../../tui/draw/line.js';
import { toAscii, toSgr } from '../../../tui/draw/sgr.js';
import { bar, sparkline } from '../../../tui/draw/sparkline.js';

describe('a sparkline', () => {
  it('tells unknown, 0 and a little apart', () => {
    expect(sparkline([null, 0, 0.1, 50, 100], 100)).toBe(' ▁▂▅█');
  });

  it('stays at the bottom when all is 0 or below', () => {
    expect(sparkline([0, -3, 0], 0)).toBe('▁▁▁');
  });
});

describe('a bar', () => {
  it.each([
    [null, '    '],
    [0, '    '],
    [0.0001, '▏   '],
    [0.5, '██  '],
    [0.55, '██▏ '],
    [0.9999, '███▉'],
    [1, '████'],
    [1.2, '████'],
  ])('of share %s is %j', (share, drawn) => {
    expect(bar(share, 4)).toBe(drawn);
  });

  it('has no width where there is no room', () => {
    expect(bar(1, 0)).toBe('');
    expect(bar(0.001, 0)).toBe('');
  });
});

describe('figures in columns', () => {
  it.each([
    [null, 8, '?'],
    [0, 8, '0'],
    [65_536, 8, '65,536'],
    [9_223_372_036_854_775_807, 10, '9.2E'],
    [123_456_789, 8, '123M'],
    [999_999_999, 8, '1.0G'],
  ])('%s in %i columns is %s', (value, width, text) => {
    expect(fitCount(value, width)).toBe(text);
  });

  it('stand right, names left, both in exactly their width', () => {
    expect(column('7', 4, 'right').text).toBe('   7');
    expect(column('name', 6, 'left').text).toBe('name  ');
    expect(column('日本', 4, 'left').text).toBe('··  ');
    expect(column('a name too long', 7, 'left').text).toHaveLength(7);
  });
});

describe('a line', () => {
  it('is cut across segments, never inside of a tone change', () => {
    expect(textOf(clipLine([seg('abc'), seg('defg', 'strong')], 5))).toBe('abcd…');
    expect(clipLine([seg('abc')], 0)).toEqual([]);
  });

  it('keeps its right end when the left has to give way', () => {
    const line = alignEnds([seg('left side')], [seg('12:00:00')], 14);
    expect(textOf(line)).toBe('left… 12:00:00');
    expect(widthOf(alignEnds([seg('a')], [seg('too wide')], 3))).toBe(3);
  });

  it('has colours only where they are wanted, weight always', () => {
    const lines = [[seg('hit', 'critical'), seg(' and '), seg('well', 'ok')]];
    expect(toSgr(lines, { color: true, ascii: false })).toBe(
      '\u001b[1;38;5;203mhit\u001b[m and \u001b[38;5;86mwell\u001b[m',
    );
    expect(toSgr(lines, { color: true, ascii: false, colors: 8 })).toBe(
      '\u001b[1;31mhit\u001b[m and \u001b[32mwell\u001b[m',
    );
    expect(toSgr(lines, { color: false, ascii: false })).toBe('\u001b[1mhit\u001b[m and well');
  });

  it('is ASCII where only that can be shown, one character for one', () => {
    expect(toAscii('✖ ██▌ 5 · größe…')).toBe('X ##= 5 - gr??e~');
  });

  it('keeps apart in ASCII what is told by its shape alone', () => {
    const apart = (glyphs: string): void => expect(new Set(toAscii(glyphs)).size, glyphs).toBe(glyphs.length);
    // On the time line: line, changes, notes and the place.
    apart('─━ ✖▲✔■◆●?');
    // At the table of hosts: how each is, and which is chosen.
    apart('✖▲✔■·?▶');
    // A little is not what stands where there is no value.
    for (const bar of '▁▂▃▄▅▆▇█▏▎▍▌▋▊▉') expect(toAscii(bar)).not.toMatch(/[-?]/);
    expect(new Set(toAscii('▁▂▃▄▅▆▇█')).size).toBe(8);
  });
});

describe('a plot', () => {
  it('breaks its curve where nothing is known, and shows a lone value', () => {
    const strokes = strokesOf({ label: '', tone: 'plain', now: 5, values: [0, 10, null, 5] }, 2, 10);
    expect(strokes.map((stroke) => stroke.dots)).toEqual([
      [
        { x: 0, y: 7 },
        { x: 1, y: 0 },
      ],
      [
        { x: 3, y: 4 },
        { x: 4, y: 4 },
      ],
    ]);
  });

  it('draws a limit only where it lies on the chart', () => {
    expect(dashes(100, 10, 2, 110, 'dim')).toHaveLength(5);
    expect(dashes(100, 10, 2, 90, 'dim')).toEqual([]);
  });

  it.each([
    [0, 4],
    [4, 4],
    [7, 8],
    [1512, 1800],
    [2222, 2600],
    [4000, 4000],
    [10_000, 10_000],
    [65_537, 70_000],
  ])('of values up to %i ends at %i', (value, top) => {
    expect(roundTop(value)).toBe(top);
  });

  it('tells two curves apart without colour when it is made of blocks', () => {
    const curves = [
      { label: 'a', tone: 'plain', now: 4, values: [4, 4] },
      { label: 'b', tone: 'plain', now: 2, values: [null, 2] },
    ] as const;
    expect(blockRows(curves, 2, 2, 4, null).map(textOf)).toEqual(['░░', '░█']);
  });
});
