import { ceilingTitle, formatLimit, focusCeiling } from '../../src/render/index.js';
import { drawChart, plotSamples } from '../chart/chart.js';
import type { AxisMark, Chart, DrawnChart } from '../chart/chart.js';
import { roundTop } from '../chart/plot.js';
import type { Curve } from '../chart/plot.js';
import { seg, widthOf } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import { hostNetns } from '../state/moments.js';
import { usedAt } from '../chart/level-series.js';
import { ratesOf } from '../chart/rate-series.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { exactTimeAxis, valuesOnAxis } from '../chart/time-axis.js';
import type { TimeAxis } from '../chart/time-axis.js';
import { axisEnds, changesOnAxis } from './rates.js';
import type { Size } from '../draw/size.js';

/** From here the level and the rates stand side by side. */
const BOTH = 100;
const SHOWN_MS = 120_000;
/** The limit is on the chart once this much of it is used; below, the curve would be a flat line. */
const LIMIT_IN_SIGHT = 0.25;

/** The focus ceiling against its limit and, with room, the rates: large, with axes. */
export function chartsView(state: ScreenState, size: Size, blocks: boolean): DrawnChart {
  if (size.width < BOTH) return drawChart(levelChart(state, size.width, blocks), size, blocks);
  const leftWidth = Math.floor((size.width - 2) / 2);
  const rightWidth = size.width - 2 - leftWidth;
  const left = drawChart(levelChart(state, leftWidth, blocks), { ...size, width: leftWidth }, blocks);
  const right = drawChart(ratesChart(state, rightWidth, blocks), { ...size, width: rightWidth }, blocks);
  return {
    lines: Array.from({ length: size.height }, (_, row) =>
      joinLines(left.lines[row] ?? [], right.lines[row] ?? [], leftWidth + 2),
    ),
    plots: [
      ...left.plots,
      ...right.plots.map((plot) => ({
        ...plot,
        rect: { ...plot.rect, left: plot.rect.left + leftWidth + 2 },
      })),
    ],
  };
}

function joinLines(left: Line, right: Line, at: number): Line {
  return [...left, seg(' '.repeat(Math.max(0, at - widthOf(left)))), ...right];
}

function levelChart(state: ScreenState, width: number, blocks: boolean): Chart {
  const { axis, common } = axisOf(state, width, blocks);
  const ceiling =
    state.window === null ? undefined : focusCeiling(state.window, state.diagnosis?.findings ?? []);
  const title = 'LEVEL';
  if (ceiling === undefined || state.window === null)
    return {
      ...common,
      title,
      note: '',
      curves: [],
      top: 0,
      limit: null,
      missing: 'no limit could be read yet',
    };
  const used = state.frames.map((frame) => usedAt(frame, ceiling.key));
  const values = valuesOnAxis(axis, state.frames, used, common.intervalMs);
  const highest = Math.max(0, ...values.map((value) => value ?? 0));
  const near = ceiling.limit !== null && highest >= LIMIT_IN_SIGHT * ceiling.limit;
  const name = ceilingTitle(ceiling, state.window.last.netnsLabels, hostNetns(state));
  const tone = (ceiling.share ?? 0) >= 1 ? 'critical' : 'accent';
  return {
    ...common,
    title: name.replace(/^./, (letter) => letter.toUpperCase()),
    note: near || ceiling.limit === null ? '' : `limit ${formatLimit(ceiling.limit)}, above the chart`,
    curves: [{ label: 'used', tone, now: ceiling.used, values }],
    // A little above the limit, so that the line of the limit can be seen over the curve.
    top: near ? Math.max(highest, ceiling.limit * 1.1) : roundTop(highest),
    limit: near ? ceiling.limit : null,
    missing: values.some((value) => value !== null) ? null : 'unknown; 7 shows what could not be read',
  };
}

function ratesChart(state: ScreenState, width: number, blocks: boolean): Chart {
  const { axis, common } = axisOf(state, width, blocks);
  const [first, ...rest] = ratesOf(state.frames);
  const shown = [
    first,
    ...rest.filter((rateSeries) => rateSeries.harmful && (rateSeries.peak ?? 0) > 0),
  ].filter((rateSeries) => rateSeries !== undefined);
  const curves = shown.map((rateSeries): Curve => {
    const lost = rateSeries.harmful && (rateSeries.now ?? 0) > 0;
    return {
      label: rateSeries.title.replace(/^conntrack /, ''),
      now: rateSeries.now,
      tone: lost ? 'critical' : rateSeries.harmful ? 'warning' : 'accent',
      values: valuesOnAxis(axis, state.frames, rateSeries.perSec, common.intervalMs),
    };
  });
  const values = curves.flatMap((curve) => curve.values);
  return {
    ...common,
    title: 'Flows per second',
    note: '',
    curves,
    top: roundTop(Math.max(0, ...values.map((value) => value ?? 0))),
    limit: null,
    missing: values.some((value) => value !== null) ? null : 'no data yet: a rate needs two samples',
  };
}

function axisOf(
  state: ScreenState,
  width: number,
  blocks: boolean,
): {
  axis: TimeAxis;
  common: { from: string; to: string; intervalMs: number; marks: readonly AxisMark[] };
} {
  const intervalMs = state.header?.intervalMs ?? 1000;
  const axis = exactTimeAxis(state.frames, plotSamples(width, blocks), Math.max(SHOWN_MS, 30 * intervalMs));
  const { left, right } = axisEnds(state, axis);
  const marks = changesOnAxis(state, axis).map(({ at, mark }) => ({ share: at / axis.columns, ...mark }));
  return { axis, common: { from: left, to: right, intervalMs, marks } };
}
