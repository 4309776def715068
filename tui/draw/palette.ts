import type { Tone } from './line.js';

/** The background that colours are chosen for. */
export type Theme = 'dark' | 'light';

/** How a tone looks. */
export interface Ink {
  /** Of the 256 colours; `null` is the terminal's own. */
  readonly color: number | null;
  /** Of the eight that every terminal has; `null` is the terminal's own. */
  readonly basic: number | null;
  /** Bold and reverse are no colours: they stay with NO_COLOR. */
  readonly bold?: true;
  readonly reverse?: true;
}

/**
 * The one table of colours, by what they mean. Chosen so that critical, warning, ok and accent differ in any pair for
 * those who see no red, no green or no blue (CIE76 of the simulated colours: 41 on dark, 13 on light), and so that
 * each has 4.5:1 on its ground. No colour stands alone: a symbol always says the same. Plain and strong are the
 * terminal's own; grey is one of the 256, since the bright black of some palettes is their background.
 */
export const PALETTE: Readonly<Record<Theme, Readonly<Record<Tone, Ink>>>> = {
  dark: {
    plain: { color: null, basic: null },
    strong: { color: null, basic: null, bold: true },
    dim: { color: 246, basic: null },
    critical: { color: 203, basic: 1, bold: true },
    warning: { color: 220, basic: 3 },
    ok: { color: 86, basic: 2 },
    accent: { color: 105, basic: 6 },
    inverse: { color: null, basic: null, reverse: true },
  },
  light: {
    plain: { color: null, basic: null },
    strong: { color: null, basic: null, bold: true },
    dim: { color: 241, basic: null },
    critical: { color: 124, basic: 1, bold: true },
    warning: { color: 130, basic: 3 },
    ok: { color: 29, basic: 2 },
    accent: { color: 25, basic: 4 },
    inverse: { color: null, basic: null, reverse: true },
  },
};

/** The colour of a tone on a terminal of so many colours; `null` is the terminal's own. */
export function colorOf({ color, basic }: Ink, colors: number): number | null {
  return colors >= 256 ? color : colors >= 8 ? basic : null;
}

/** The SGR parameters of a tone on a terminal of so many colours, 0 for none; empty where it looks like plain text. */
export function sgrOf(ink: Ink, colors: number): string {
  const color = colorOf(ink, colors);
  return [
    ...(ink.bold === true ? ['1'] : []),
    ...(ink.reverse === true ? ['7'] : []),
    ...(color === null ? [] : [color < 8 ? String(30 + color) : `38;5;${color}`]),
  ].join(';');
}
