import { escapeHtml } from './escape-html.js';
import { formatCount } from '../numbers.js';

/** A line of a chart. */
export interface ChartLine {
  /** Label at its end. */
  readonly title: string;
  /** A class of the page's style sheet: what the line means. */
  readonly tone: 'used' | 'harmful' | 'other';
  readonly values: readonly (number | null)[];
}

/** A chart over time, with a line where the limit is. */
export interface SvgChart {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly limit: number | null;
  /** Position of each value on the time axis, 0 to 1. */
  readonly positions: readonly number[];
  readonly from: string;
  readonly to: string;
}

interface Label {
  readonly tone: ChartLine['tone'] | 'limit';
  readonly text: string;
  readonly at: number;
}

const WIDTH = 720;
const HEIGHT = 240;
const PLOT = { left: 76, right: 150, top: 14, bottom: 28 };
const ACROSS = WIDTH - PLOT.left - PLOT.right;
const DOWN = HEIGHT - PLOT.top - PLOT.bottom;
/** A label needs this much to itself. */
const LABEL = 14;
/** The limit is drawn once this share of it is used; below that, the curve would lie on the axis. */
const LIMIT_IN_SIGHT = 0.25;

/** A chart as SVG inside a page: no script, every text escaped, figures beside their lines. */
export function svgChart(chart: SvgChart): string {
  const highest = Math.max(0, ...chart.lines.flatMap((line) => line.values.map((value) => value ?? 0)));
  const limit = chart.limit !== null && highest >= chart.limit * LIMIT_IN_SIGHT ? chart.limit : null;
  const top = roundTop(Math.max(highest, limit ?? 0));
  const y = (value: number): number => roundToTenth(PLOT.top + DOWN * (1 - value / top));
  const x = (index: number): number => roundToTenth(PLOT.left + ACROSS * (chart.positions[index] ?? 0));
  const right = WIDTH - PLOT.right;

  const grid = [0, top / 2, top].map(
    (value) =>
      `<line class="grid" x1="${PLOT.left}" x2="${right}" y1="${y(value)}" y2="${y(value)}"/><text class="axis" x="${PLOT.left - 8}" y="${y(value) + 4}" text-anchor="end">${formatCount(value)}</text>`,
  );
  const labels = chart.lines.map((line): Label => {
    const last = line.values.findLast((value) => value !== null) ?? 0;
    return { tone: line.tone, text: line.title, at: y(last) };
  });
  if (limit !== null) labels.push({ tone: 'limit', text: `limit ${formatCount(limit)}`, at: y(limit) });
  const limitLine =
    limit === null
      ? []
      : [`<line class="limit" x1="${PLOT.left}" x2="${right}" y1="${y(limit)}" y2="${y(limit)}"/>`];
  const lines = chart.lines.map((line) => `<path class="${line.tone}" d="${pathOf(line.values, x, y)}"/>`);
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(chart.title)}">`,
    ...grid,
    ...limitLine,
    ...lines,
    ...spaceLabels(labels).map(
      ({ tone, text, at }) =>
        `<text class="label ${tone}" x="${right + 8}" y="${roundToTenth(at + 4)}">${escapeHtml(text)}</text>`,
    ),
    `<text class="axis" x="${PLOT.left}" y="${HEIGHT - 8}">${escapeHtml(chart.from)}</text>`,
    `<text class="axis" x="${right}" y="${HEIGHT - 8}" text-anchor="end">${escapeHtml(chart.to)}</text>`,
    '</svg>',
  ].join('\n');
}

/** A break where a value is unknown; a value alone becomes a dot. */
function pathOf(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let drawing = false;
  return values
    .map((value, index) => {
      const begun = drawing;
      drawing = value !== null;
      if (value === null) return '';
      const point = `${x(index)} ${y(value)}`;
      const alone = !begun && (values[index + 1] ?? null) === null;
      return `${begun ? 'L' : 'M'}${point}${alone ? 'h1' : ''}`;
    })
    .join('');
}

/** Moves overlapping labels apart, the uppermost first. */
function spaceLabels(labels: readonly Label[]): Label[] {
  let free = -Infinity;
  const down = [...labels]
    .sort((a, b) => a.at - b.at)
    .map((label) => {
      const at = Math.max(label.at, free);
      free = at + LABEL;
      return { ...label, at };
    });
  const over = Math.max(0, (down.at(-1)?.at ?? 0) - (PLOT.top + DOWN));
  return down.map((label) => ({ ...label, at: label.at - over }));
}

/** A round figure at or a little above `value`. */
function roundTop(value: number): number {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.2, 1.5, 2, 3, 4, 5, 6, 8].find((figure) => value <= figure * power) ?? 10) * power;
}

function roundToTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
