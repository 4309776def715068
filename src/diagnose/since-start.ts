import { seriesOf } from '../model/index.js';
import type { Window } from '../model/index.js';
import { isMetricName, NODE_WIDE } from '../records/index.js';
import type { ElapsedMs } from '../records/index.js';
import type { Evidence, Finding } from './finding.js';
import { netnsOfSubject } from './subject.js';

/** A counter grows at its second sample, and the first two are an interval apart. */
const SLACK_INTERVALS = 1.5;

/** The findings, each with whether it was under way when what shows it was first looked at. */
export function markUnderWay(findings: readonly Finding[], window: Window): readonly Finding[] {
  return findings.map((finding) => ({ ...finding, sinceStart: isUnderWayAtStart(finding, window) }));
}

function isUnderWayAtStart({ sinceMs, evidence }: Finding, window: Window): boolean {
  const slackMs = SLACK_INTERVALS * window.header.intervalMs;
  // The kernel's counters are read from the start on: where they began to grow later, so did the thing itself.
  const counted = evidence.flatMap((item) => findGrowthStart(item, window) ?? []);
  if (counted.length > 0) return Math.min(...counted, sinceMs) <= window.fromMs + slackMs;
  const looks = [window.fromMs, ...evidence.map((item) => findFirstLook(item, window))];
  return looks.some((lookMs) => lookMs !== null && Math.abs(sinceMs - lookMs) <= slackMs);
}

/** When a kernel's counter among the evidence began to grow; `null` for what is none, or did not. */
function findGrowthStart({ metric, source, subject }: Evidence, window: Window): ElapsedMs | null {
  if (source !== 'kernel' || !isMetricName(metric)) return null;
  const netns = subject.kind === 'node' ? NODE_WIDE : netnsOfSubject(subject);
  return netns === null ? null : (seriesOf(window, netns, metric)?.grew?.fromMs ?? null);
}

function findFirstLook({ source, subject }: Evidence, { firstLooks }: Window): ElapsedMs | null {
  if (source === 'bpftrace') return firstLooks.probes;
  return subject.kind === 'listener' || subject.kind === 'process' ? firstLooks.sockets : null;
}
