import { netnsOfSubject } from '../../src/diagnose/index.js';
import type { Evidence, Finding } from '../../src/diagnose/index.js';
import { readingOf } from '../../src/model/index.js';
import type { Frame } from '../../src/model/index.js';
import {
  ceilingOf,
  ceilingTitle,
  evidenceTitle,
  fitTitle,
  formatCount,
  formatDuration,
  formatLimit,
  formatRate,
} from '../../src/render/index.js';
import { isMetricName, NODE_WIDE } from '../../src/records/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { usedAt } from '../chart/level-series.js';
import { exactTimeAxis, spanMs, valuesOnAxis } from '../chart/time-axis.js';
import { cells } from '../draw/cells.js';
import { fitCount } from '../draw/fit-count.js';
import { column, seg, textLine } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import { bar, sparkline } from '../draw/sparkline.js';
import { hostNetns } from '../state/moments.js';

const SHOWN_MS = 120_000;
const TITLE = 32;
const FIGURE = 20;
const WIDEST_LINE = 60;
const PORT_ROWS = 5;
const BAR = 14;

/** How the evidence of a finding went in the last two minutes: its level against the limit, its counters by second. */
export function evidenceHistory(state: ScreenState, finding: Finding, width: number): Line[] {
  const { window, frames } = state;
  if (window === null || frames.length < 2) return [];
  const room = Math.min(WIDEST_LINE, width - TITLE - FIGURE - 2);
  if (room < 8) return [];
  const intervalMs = state.header?.intervalMs ?? 1000;
  const axis = exactTimeAxis(frames, room, Math.max(SHOWN_MS, 30 * intervalMs));
  const row = (title: string, values: readonly (number | null)[], top: number | null, now: string): Line => {
    const onAxis = valuesOnAxis(axis, frames, values, intervalMs);
    const highest = Math.max(0, ...onAxis.map((value) => value ?? 0));
    return [
      column(fitTitle(cells(title), TITLE - 1), TITLE, 'left'),
      seg(sparkline(onAxis, top ?? highest), 'accent'),
      column(now, FIGURE, 'right'),
    ];
  };
  const ceiling = ceilingOf(window, finding);
  const lines: Line[] = [];
  if (ceiling !== undefined)
    lines.push(
      row(
        ceilingTitle(ceiling, window.last.netnsLabels, hostNetns(state)),
        frames.map((frame) => usedAt(frame, ceiling.key)),
        ceiling.limit,
        `${formatCount(ceiling.used)} of ${formatLimit(ceiling.limit)}`,
      ),
    );
  for (const evidence of [...finding.evidence, ...finding.against]) {
    const perSec = ratesOf(frames, evidence);
    if (perSec === null || perSec.every((value) => value === null)) continue;
    lines.push(row(evidenceTitle(evidence), perSec, null, `${formatRate(perSec.at(-1) ?? null)}/s`));
  }
  const ports = finding.code === 'ephemeral-ports-exhausted' ? portLines(window.last, finding) : [];
  if (lines.length === 0 && ports.length === 0) return [];
  return [
    [],
    textLine(`LAST ${formatDuration(spanMs(axis) / 1000).toUpperCase()}`, 'strong'),
    ...lines,
    ...ports,
  ];
}

/** The growth of a counter by frame; `null` for a level, which has no rate. */
function ratesOf(frames: readonly Frame[], { measure, metric, subject }: Evidence): (number | null)[] | null {
  const netns = subject.kind === 'node' ? NODE_WIDE : netnsOfSubject(subject);
  if (measure !== 'growth' || netns === null || !isMetricName(metric)) return null;
  return frames.map((frame) => readingOf(frame, netns, metric)?.perSec ?? null);
}

/** Who holds the local ports: the destinations with most of them. */
function portLines({ ports }: Frame, { subject }: Finding): Line[] {
  const netns = netnsOfSubject(subject);
  const uses = (ports?.ports ?? []).filter((use) => use.netns === netns);
  const most = Math.max(1, ...uses.map(({ used }) => used));
  return uses
    .toSorted((a, b) => b.used - a.used)
    .slice(0, PORT_ROWS)
    .map((use) => [
      column(
        fitTitle(cells(`ports ${use.source} → ${use.destination}:${use.port}`), TITLE - 1),
        TITLE,
        'left',
      ),
      seg(bar(use.used / most, BAR), 'accent'),
      column(` ${fitCount(use.used, 12)} ports, ${fitCount(use.timeWait, 12)} in TIME_WAIT`, 40, 'left'),
    ]);
}
