import type { Diagnosis, Finding, Thresholds } from '../../diagnose/index.js';
import type { CeilingStats, TrendPoint, Window } from '../../model/index.js';
import type { MetricName } from '../../records/index.js';
import { formatClock, formatDuration, formatMoment } from '../numbers.js';
import { RATE_ROWS } from '../rate-rows.js';
import { safeText } from '../safe-text.js';
import { noFindingWords } from '../words/sight.js';
import { titleOf } from '../words/titles.js';

/** What a report is made of: the diagnosis of a window, and the trend of the host up to its end. */
export interface Report {
  readonly diagnosis: Diagnosis;
  readonly window: Window;
  /** For the charts; may begin before the window. */
  readonly trend: readonly TrendPoint[];
  /** From where on a ceiling is marked as near; the standard ones when absent. */
  readonly thresholds?: Thresholds | undefined;
  /** Version of the ctdiag that writes it. */
  readonly version: string;
}

/** A line of figures over the points of a trend; `null` where it was unknown. */
export interface TrendLine {
  readonly title: string;
  readonly harmful: boolean;
  readonly values: readonly (number | null)[];
}

/** The verdict in one line, without a full stop. */
export function verdictTitle({ diagnosis, window }: Report): string {
  const [first] = diagnosis.findings;
  if (first !== undefined) return titleOf(first, window.header.netns);
  return noFindingWords(diagnosis, window);
}

/** The host and the time that was looked at, in a line. */
export function placeWords({ window }: Report): string {
  const { header, fromMs, toMs } = window;
  const at = (elapsedMs: number): string => formatMoment(header.startedAtMs + elapsedMs);
  return `${safeText(header.host, 64)}, Linux ${safeText(header.kernel, 64)}, ${at(fromMs)} to ${at(toMs)} (${formatDuration((toMs - fromMs) / 1000)})`;
}

/** Since when a finding holds, with date and offset: a report is read elsewhere and later. */
export function spanWords(finding: Finding, window: Window): string {
  const at = (elapsedMs: number): string => formatMoment(window.header.startedAtMs + elapsedMs);
  const since = beginWords(finding, at(finding.sinceMs));
  return finding.untilMs === null
    ? `${since}, still ongoing at ${formatClock(window.header.startedAtMs + window.toMs)} (${formatDuration((window.toMs - finding.sinceMs) / 1000)})`
    : `${since}, last seen ${at(finding.untilMs)} (${formatDuration((finding.untilMs - finding.sinceMs) / 1000)})`;
}

/** `since 20:41:07`; what was under way at the first look has no known start. */
export function beginWords({ sinceStart }: Finding, clock: string): string {
  return sinceStart === true ? `already under way when ctdiag started, ${clock}` : `since ${clock}`;
}

/** What was used of a ceiling. */
export function trendOfCeiling({ trend }: Report, ceiling: CeilingStats): (number | null)[] {
  return trend.map((point) => point.ceilings.get(ceiling.key)?.used ?? null);
}

/** The rates of the trend: the first row, and every harmful rate that was ever above 0. */
export function trendsOfRates({ trend }: Report): TrendLine[] {
  const last = trend.at(-1);
  const shown = new Set<MetricName>();
  return RATE_ROWS.flatMap(({ choices, harmful }, row): TrendLine[] => {
    const choice = choices.find(
      (choice) => last?.perSec.has(choice.metric) === true && !shown.has(choice.metric),
    );
    if (choice === undefined) return [];
    shown.add(choice.metric);
    const values = trend.map((point) => point.perSec.get(choice.metric) ?? null);
    const telling = row === 0 || (harmful === true && values.some((value) => (value ?? 0) > 0));
    return telling ? [{ title: choice.title, harmful: harmful === true, values }] : [];
  });
}
