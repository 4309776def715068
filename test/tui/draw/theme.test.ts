import { describe, expect, it } from 'vitest';
import { PALETTE } from '../../../tui/draw/palette.js';
import { toSgr } from '../../../tui/draw/sgr.js';
import { textLine } from '../../../tui/draw/line.js';
import type { Tone } from '../../../tui/draw/line.js';
import { incidentState } from '../incident.js';
import { openOn } from '../open-screen.js';

const TONES: readonly Tone[] = ['critical', 'warning', 'ok', 'accent', 'dim'];

/** One of the 256 colours in linear light, red, green and blue from 0 to 1. */
function rgbOf(index: number): number[] {
  const step = (at: number): number => (at === 0 ? 0 : 55 + at * 40);
  const cube = index - 16;
  const levels =
    index >= 232
      ? Array<number>(3).fill(8 + (index - 232) * 10)
      : [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(step);
  return levels.map((level) => {
    const share = level / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
}

// Machado, Oliveira and Fernandes (2009), severity 1: what remains of a colour without one kind of cones.
const SEEN_BY = {
  none: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;
const DEFICIENCIES = ['protan', 'deutan', 'tritan'] as const;

/** CIELAB (D65) of a colour as such an eye sees it. */
function labOf(rgb: readonly number[], eye: keyof typeof SEEN_BY): number[] {
  const matrix = SEEN_BY[eye];
  const [red = 0, green = 0, blue = 0] = [0, 3, 6].map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        rgb.reduce((sum, value, at) => sum + value * (matrix[row + at] ?? 0), 0),
      ),
    ),
  );
  const bend = (share: number): number => (share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116);
  const x = bend((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
  const y = bend(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = bend((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Luminance of one of the 256 colours, by WCAG 2. */
function luminance(index: number): number {
  const [red = 0, green = 0, blue = 0] = rgbOf(index);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const GROUNDS = { dark: 0x1e, light: 0xff } as const;
const THEMES = ['dark', 'light'] as const;

describe('the palette', () => {
  it.each(THEMES.flatMap((theme) => TONES.map((tone) => [theme, tone] as const)))(
    'on %s, %s can be read',
    (theme, tone) => {
      const shown = toSgr([textLine('x', tone)], { color: true, ascii: false, theme });
      const level = luminance(Number(/38;5;(\d+)/.exec(shown)?.[1]));
      const share = GROUNDS[theme] / 255;
      const ground = share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      const [low = 0, high = 0] = [level, ground].sort((a, b) => a - b);
      expect((high + 0.05) / (low + 0.05)).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.each(
    THEMES.flatMap((theme) => (['none', ...DEFICIENCIES] as const).map((eye) => [theme, eye] as const)),
  )('on %s, no two meanings look alike to an eye with colour deficiency %s', (theme, eye) => {
    const meanings = ['critical', 'warning', 'ok', 'accent'] as const;
    const seen = meanings.map((tone) => labOf(rgbOf(PALETTE[theme][tone].color ?? 0), eye));
    for (const [index, first] of seen.entries())
      for (const second of seen.slice(index + 1))
        expect(Math.hypot(...first.map((value, at) => value - (second[at] ?? 0)))).toBeGreaterThan(12);
  });

  it.each(THEMES)('on %s, meanings have colours of their own where there are eight', (theme) => {
    const meanings = ['critical', 'warning', 'ok', 'accent'] as const;
    expect(new Set(meanings.map((tone) => PALETTE[theme][tone].basic)).size).toBe(meanings.length);
  });
});

it.each(['dark', 'light'] as const)('%s is drawn with what a terminal of few colours has', async (theme) => {
  const { terminal, show } = openOn(120, 36, { env: { TERM: 'xterm' }, theme });
  const rows = await show(incidentState(120));
  expect(rows.join('')).toContain('CEILINGS');
  expect(terminal.written()).toMatch(/\u001b\[[\d;]*3[0-7]m/);
  expect(terminal.written()).not.toContain('38;5;');
});
