import { formatClock, formatDuration, formatRate } from '../../src/render/index.js';
import { fitCount } from '../draw/fit-count.js';
import { column, seg } from '../draw/line.js';
import type { Line, Segment } from '../draw/line.js';
import { sparkline } from '../draw/sparkline.js';
import { ratesOf } from '../chart/rate-series.js';
import type { RateSeries } from '../chart/rate-series.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { columnAt, spanMs, timeAxis, valuesOnAxis } from '../chart/time-axis.js';
import type { TimeAxis } from '../chart/time-axis.js';
import { emptyLine, heading } from '../draw/heading.js';
import type { Size } from '../draw/size.js';
import { changeMark } from '../draw/symbols.js';
import type { Mark } from '../draw/symbols.js';

const TITLE = 22;
const FIGURE = 10;
const END = ' now';
/** The minute of the peak is on the axis, whatever the width. */
const SHOWN_MS = 60_000;
const SOURCE = 34;
/** Only a few minutes of frames are kept: a wider line would stay empty. */
const LONGEST_LINE = 120;

/** Rates per second: now, the peak of the last minute, and their history, all on one time axis. */
export function ratesView(state: ScreenState, { width, height }: Size): Line[] {
  const withSource = width >= 120;
  const room = width - 2 - TITLE - 2 * FIGURE - 2 - (withSource ? SOURCE + 2 : 0);
  const intervalMs = state.header?.intervalMs ?? 1000;
  const axis = timeAxis(state.frames, Math.min(LONGEST_LINE, room), intervalMs, SHOWN_MS);
  const columns = [
    column(' now', FIGURE, 'right'),
    column(' peak 1m', FIGURE, 'right'),
    seg('  '),
    ...axisSegments(state, axis),
    ...(withSource ? [column('  from', SOURCE + 2, 'left')] : []),
  ];
  const lead = width - columns.reduce((sum, column) => sum + column.text.length, 0);
  const head: Line = [...heading('RATES', 'per second', [], lead), ...columns.map(dimPlain)];
  if (state.frames.length === 0) return [head, emptyLine('no data yet: a rate needs two samples')];
  const rows = ratesOf(state.frames).slice(0, Math.max(0, height - 1));
  return [head, ...rows.map((rateSeries) => rateLine(state, rateSeries, axis, intervalMs, lead, withSource))];
}

function dimPlain(segment: Segment): Segment {
  return segment.tone === 'plain' ? { ...segment, tone: 'dim' } : segment;
}

function rateLine(
  state: ScreenState,
  rate: RateSeries,
  axis: TimeAxis,
  intervalMs: number,
  lead: number,
  withSource: boolean,
): Line {
  const { title, now, peak, harmful, missing, metric } = rate;
  const lostNow = harmful && (now ?? 0) > 0;
  const lostBefore = harmful && (peak ?? 0) > 0;
  const tone = lostNow ? 'critical' : lostBefore ? 'warning' : 'plain';
  const mark = seg(lostNow ? '✖ ' : '  ', tone);
  const values = valuesOnAxis(axis, state.frames, rate.perSec, intervalMs);
  const top = Math.max(0, ...values.map((value) => value ?? 0));
  return [
    mark,
    column(title, lead - 2, 'left', tone),
    column(signedRate(now), FIGURE, 'right', tone),
    column(signedRate(peak), FIGURE, 'right'),
    seg('  '),
    missing === null
      ? seg(sparkline(values, top), harmful ? tone : 'accent')
      : column(missing, axis.columns, 'left', 'dim'),
    ...(withSource ? [column(`  ${metric}`, SOURCE + 2, 'left', 'dim')] : []),
  ];
}

function signedRate(perSec: number | null): string {
  if (perSec === null) return formatRate(null);
  const size = Math.abs(perSec);
  const text = size >= 1e6 ? fitCount(size, FIGURE - 2) : formatRate(size);
  return perSec < 0 ? `-${text}` : text;
}

/** The axis: how far back its left end is, and where the verdict changed; a change outranks a label. */
function axisSegments(state: ScreenState, axis: TimeAxis): Segment[] {
  const changes = changesOnAxis(state, axis);
  const start = `-${formatDuration(spanMs(axis) / 1000)} `;
  const free = (from: number, to: number): boolean => changes.every(({ at }) => at < from || at >= to);
  const left = free(0, start.length) ? start : '';
  const right = free(axis.columns - END.length, axis.columns) ? END : '';
  const line = `${left.padEnd(axis.columns - right.length, '─')}${right}`.slice(0, axis.columns);
  const marks = Array.from(line, (character) => seg(character));
  for (const { at, mark } of changes) marks[at] = seg(mark.symbol, mark.tone);
  return marks;
}

/** The changes of the verdict that lie on the axis; the first verdict is none. */
export function changesOnAxis(
  state: ScreenState,
  axis: TimeAxis,
): { readonly at: number; readonly mark: Mark }[] {
  return state.verdicts
    .slice(1)
    .map((verdict) => ({ at: columnAt(axis, verdict.elapsedMs), mark: changeMark(verdict) }))
    .filter(({ at }) => at >= 0 && at < axis.columns);
}

/** The clock at both ends, for a chart that has room for it. */
export function axisEnds(
  state: ScreenState,
  axis: TimeAxis,
): { readonly left: string; readonly right: string } {
  const at = state.frames.at(-1)?.atMs;
  return at === undefined
    ? { left: '', right: '' }
    : { left: formatClock(at - spanMs(axis)), right: formatClock(at) };
}
