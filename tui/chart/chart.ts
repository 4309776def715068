import { fitCount, fitLimit } from '../draw/fit-count.js';
import { cells, clipEnd } from '../draw/cells.js';
import { column, seg } from '../draw/line.js';
import type { Line, Segment, Tone } from '../draw/line.js';
import { heading } from '../draw/heading.js';
import type { Size } from '../draw/size.js';
import { blockRows } from './blocks.js';
import { cellRow, dashes, strokesOf } from './plot.js';
import type { Curve, Plot } from './plot.js';

/** A mark on the time axis. */
export interface AxisMark {
  /** Where it stands, as a share of the width of the axis. */
  readonly share: number;
  readonly symbol: string;
  readonly tone: Tone;
}

/** A chart as data: what it shows, not how. */
export interface Chart {
  readonly title: string;
  readonly note: string;
  readonly curves: readonly Curve[];
  /** The value at its upper edge. */
  readonly top: number;
  /** Drawn as a dashed line where it lies on the chart. */
  readonly limit: number | null;
  /** What the time axis says at its ends. */
  readonly from: string;
  readonly to: string;
  /** When the verdict changed. */
  readonly marks: readonly AxisMark[];
  /** Why there is nothing to draw; `null` when there is. */
  readonly missing: string | null;
}

/** Rows of text, and what a canvas draws between them. */
export interface DrawnChart {
  readonly lines: readonly Line[];
  readonly plots: readonly Plot[];
}

const LABELS = 9;
const NAMES = 22;

/** Values that a chart of this width has room for: a cell of Braille holds two. */
export function plotSamples(width: number, blocks: boolean): number {
  return plotColumns(width) * (blocks ? 1 : 2);
}

function plotColumns(width: number): number {
  return Math.max(2, width - LABELS - 1 - NAMES);
}

/** Draws a chart: labels and axes as text; its curves for a canvas, or as blocks where there is no Braille. */
export function drawChart(chart: Chart, { width, height }: Size, blocks: boolean): DrawnChart {
  const head = heading(chart.title, chart.note, [], width);
  const rows = height - 2;
  const columns = plotColumns(width);
  if (chart.missing !== null || rows < 3)
    return { lines: [head, [seg(`  ${chart.missing ?? ''}`, 'dim')]], plots: [] };
  const names = namesByRow(chart, rows);
  const body = blocks ? blockRows(chart.curves, columns, rows, chart.top, chart.limit) : [];
  const lines = Array.from({ length: rows }, (_, row): Line => [
    column(yLabel(chart, row, rows), LABELS, 'right', 'dim'),
    seg('┤', 'dim'),
    ...(body[row] ?? [seg(' '.repeat(columns))]),
    names.get(row) ?? seg(''),
  ]);
  const plots = blocks
    ? []
    : [
        {
          rect: { left: LABELS + 1, top: 1, width: columns, height: rows },
          strokes: [
            ...(chart.limit === null ? [] : dashes(chart.limit, columns, rows, chart.top, 'dim')),
            ...chart.curves.flatMap((curve) => strokesOf(curve, rows, chart.top)),
          ],
        },
      ];
  return { lines: [head, ...lines, timeLabels(chart, columns)], plots };
}

/** Full, half and nothing, of the limit where it is on the chart. */
function yLabel({ top, limit }: Chart, row: number, rows: number): string {
  const full = limit !== null && limit <= top ? limit : top;
  const value = [full, full / 2, 0].find((value) => cellRow(value, rows, top) === row);
  return value === undefined ? '' : fitCount(value, LABELS - 1);
}

/** Each curve's name and last figure at the row where it ends; those that collide move down, or up at the end. */
function namesByRow(chart: Chart, rows: number): Map<number, Segment> {
  const names = new Map<number, Segment>();
  const wanted = chart.curves.map((curve) => ({
    row: cellRow(curve.values.at(-1) ?? 0, rows, chart.top),
    text: ` ${curve.label} ${fitCount(curve.now, 9)}`,
    tone: curve.tone,
  }));
  if (chart.limit !== null && chart.limit <= chart.top)
    wanted.unshift({
      row: cellRow(chart.limit, rows, chart.top),
      text: ` limit ${fitLimit(chart.limit, 12)}`,
      tone: 'dim',
    });
  for (const { row, text, tone } of wanted) {
    const free = [...Array(rows).keys()]
      .filter((key) => !names.has(key))
      .sort((a, b) => Math.abs(a - row) - Math.abs(b - row) || b - a)[0];
    if (free !== undefined) names.set(free, seg(clipEnd(cells(text), NAMES), tone));
  }
  return names;
}

/** The clock at both ends, and where the verdict changed; a change outranks a label. */
function timeLabels({ from, to, marks }: Chart, columns: number): Line {
  const placed = marks.map((mark) => ({
    ...mark,
    at: Math.min(columns - 1, Math.floor(mark.share * columns)),
  }));
  const covers = (start: number, end: number): boolean => placed.some(({ at }) => at >= start && at < end);
  const left = covers(0, from.length + 1) ? '' : `${from} `;
  const right = covers(columns - to.length - 1, columns) ? '' : ` ${to}`;
  const axis = `${left}${'─'.repeat(Math.max(0, columns - left.length - right.length))}${right}`.slice(
    -columns,
  );
  const cellsOfAxis = Array.from(axis, (character) => seg(character, 'dim'));
  for (const { at, symbol, tone } of placed) cellsOfAxis[at] = seg(symbol, tone);
  return [seg(`${' '.repeat(LABELS)}└`, 'dim'), ...cellsOfAxis];
}
