import type { Tone } from '../draw/line.js';
import type { Rect } from '../layout.js';

/** A point in dots: a cell of the terminal is two dots wide and four high, from the top left. */
export interface Dot {
  readonly x: number;
  readonly y: number;
}

/** A line through dots, of one tone. */
export interface Stroke {
  readonly tone: Tone;
  readonly dots: readonly Dot[];
}

/** What a canvas is to draw, and where in its pane. */
export interface Plot {
  readonly rect: Rect;
  readonly strokes: readonly Stroke[];
}

/** A curve of one value a column of dots (or of cells, as blocks); `null` breaks it. */
export interface Curve {
  readonly label: string;
  readonly tone: Tone;
  /** The figure beside its name: that of the newest frame, where a column may hold the highest of several. */
  readonly now: number | null;
  readonly values: readonly (number | null)[];
}

/** The dots of a curve on a plot of `rows` rows of cells with `top` at its upper edge. */
export function strokesOf(curve: Curve, rows: number, top: number): Stroke[] {
  const strokes: Stroke[] = [];
  let dots: Dot[] = [];
  const end = (): void => {
    const [first] = dots;
    // A stroke of one dot draws nothing: a second, beside it, makes it visible.
    if (first !== undefined)
      strokes.push({
        tone: curve.tone,
        dots: dots.length > 1 ? dots : [first, { ...first, x: first.x + 1 }],
      });
    dots = [];
  };
  curve.values.forEach((value, column) => {
    if (value === null) end();
    else dots.push({ x: column, y: dotRow(value, rows, top) });
  });
  end();
  return strokes;
}

/** A dashed line across the plot at a value; nothing when that lies above the plot. */
export function dashes(value: number, columns: number, rows: number, top: number, tone: Tone): Stroke[] {
  if (value > top) return [];
  const y = dotRow(value, rows, top);
  return Array.from({ length: Math.floor(columns / 2) }, (_, dash) => ({
    tone,
    dots: [
      { x: dash * 4, y },
      { x: dash * 4 + 1, y },
    ],
  }));
}

/** The row of cells that a value falls in. */
export function cellRow(value: number, rows: number, top: number): number {
  return Math.floor(dotRow(value, rows, top) / 4);
}

/** Steps close enough that a curve fills at least four fifths of the chart. */
const ROUND_STEPS = [1, 1.2, 1.5, 1.8, 2.2, 2.6, 3, 3.6, 4, 5, 6, 7, 8, 10];

/** A round figure at or a little above `value`, so that the scale of a chart seldom changes. */
export function roundTop(value: number): number {
  // Half of it stands on the axis as well, whole.
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = ROUND_STEPS.find((figure) => value <= figure * power) ?? 10;
  return 2 * Math.ceil((step * power) / 2);
}

function dotRow(value: number, rows: number, top: number): number {
  const share = top <= 0 ? 0 : Math.min(1, Math.max(0, value / top));
  return Math.round((rows * 4 - 1) * (1 - share));
}
