import type { Window } from '../model/index.js';
import type { Finding } from './finding.js';

/** Refusals a second that cannot be counted weigh as much as 1. */
const UNCOUNTED_PER_SEC = 1;

/**
 * The one order of findings, on the screen and in reports: severity; what goes on before what is over; root causes
 * before what follows from them; what refuses now before what only stands at its limit; then refusals a second times confidence, and of those alike the one with a fix.
 */
export function rankFindings(findings: readonly Finding[], window: Window): Finding[] {
  const order = { critical: 0, warning: 1 };
  return findings
    .map((finding) => ({ finding, weight: weightOf(finding, findings, window) }))
    .sort(
      (a, b) =>
        order[a.finding.severity] - order[b.finding.severity] ||
        Number(a.finding.untilMs !== null) - Number(b.finding.untilMs !== null) ||
        Number(a.finding.causedBy !== null) - Number(b.finding.causedBy !== null) ||
        Number(a.finding.refusedPerSec === 0) - Number(b.finding.refusedPerSec === 0) ||
        // Figures of one magnitude would swap places from second to second.
        compare(powerOfTwo(b.weight), powerOfTwo(a.weight)) ||
        Number(a.finding.fixes.length === 0) - Number(b.finding.fixes.length === 0) ||
        b.weight - a.weight ||
        b.finding.confidence - a.finding.confidence,
    )
    .map(({ finding }) => finding);
}

/** Refusals a second times confidence: its own, and of a cause also those of what follows from it. */
function weightOf(finding: Finding, findings: readonly Finding[], window: Window): number {
  const following = findings.filter(({ causedBy, untilMs }) => causedBy === finding.code && untilMs === null);
  const perSec = [finding, ...following].reduce((sum, part) => sum + refusalsPerSec(part, window), 0);
  return perSec * finding.confidence;
}

/** Over the time that it went on in the window: the rate of the last second is too restless to order by. */
function refusalsPerSec(finding: Finding, window: Window): number {
  const { refused, refusedPerSec, sinceMs, untilMs } = finding;
  if (refused === null) return refusedPerSec ?? UNCOUNTED_PER_SEC;
  const spanMs = (untilMs ?? window.toMs) - Math.max(sinceMs, window.fromMs);
  return (1000 * refused) / Math.max(spanMs + window.header.intervalMs, 1000);
}

/** Also of two that are both without bound. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function powerOfTwo(weight: number): number {
  return weight <= 0 ? -Infinity : Math.round(Math.log2(weight));
}
