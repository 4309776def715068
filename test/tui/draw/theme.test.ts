import { describe, expect, it } from 'vitest';
import { toSgr } from '../../../tui/draw/sgr.js';
import { textLine } from '../../../tui/draw/line.js';
import type { Tone } from '../../../tui/draw/line.js';
import { incidentState } from '../incident.js';
import { openOn } from '../open-screen.js';

const TONES: readonly Tone[] = ['critical', 'warning', 'ok', 'accent', 'dim'];

/** Luminance of one of the 256 colours, by WCAG 2. */
function luminance(index: number): number {
  const step = (at: number): number => (at === 0 ? 0 : 55 + at * 40);
  const cube = index - 16;
  const levels =
    index >= 232
      ? Array<number>(3).fill(8 + (index - 232) * 10)
      : [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(step);
  const [red = 0, green = 0, blue = 0] = levels.map((level) => {
    const share = level / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe('the light theme', () => {
  it.each(TONES)('%s can be read on white', (tone) => {
    const shown = toSgr([textLine('x', tone)], { color: true, ascii: false, theme: 'light' });
    const color = Number(/38;5;(\d+)/.exec(shown)?.[1]);
    expect(1.05 / (luminance(color) + 0.05)).toBeGreaterThanOrEqual(4.5);
  });
});

it.each(['dark', 'light'] as const)('%s is drawn with what a terminal of few colours has', async (theme) => {
  const { terminal, show } = openOn(120, 36, { env: { TERM: 'xterm' }, theme });
  const rows = await show(incidentState(120));
  expect(rows.join('')).toContain('CEILINGS');
  expect(terminal.written()).toMatch(/\u001b\[[\d;]*3[0-7]m/);
  expect(terminal.written()).not.toContain('38;5;');
});
