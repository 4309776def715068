import { namespacesOf, seriesOf } from '../../model/index.js';
import type { SeriesStats, Window } from '../../model/index.js';
import { NODE_WIDE } from '../../records/index.js';
import type { Netns } from '../../records/index.js';
import type { ConfidenceReason, Evidence, Finding, Subject } from '../finding.js';
import { endedAt } from './since.js';

/** How far apart the samples of probe and counter may be on a starved host. */
const SAMPLED_APART_SEC = 5;
/** The drop counter speaks of table-full only while the table is this near to its limit. */
const NEAR_FULL_SHARE = 0.97;

/**
 * New flows refused because the table is full, in any namespace (kernel.md section 2): `early_drop`
 * returned 0, or the `drop` counter rose while the count stood at the limit and `insert_failed` did not.
 */
export function conntrackTableFull(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    if (netns === NODE_WIDE) return [];
    const finding = inNamespace(window, netns);
    return finding === null ? [] : [finding];
  });
}

function inNamespace(window: Window, netns: Netns): Finding | null {
  const probe = seriesOf(window, netns, 'probe.table_full');
  const drop = seriesOf(window, netns, 'nf_conntrack.drop');
  const insertFailed = seriesOf(window, netns, 'nf_conntrack.insert_failed');
  const ceiling = window.ceilings.find((one) => one.key === `conntrack:${netns}`);
  const peak = ceiling?.peak ?? null;

  const byProbe = grown(probe);
  const otherDrops = grown(insertFailed);
  const byCounter =
    peak !== null && peak.share >= NEAR_FULL_SHARE ? Math.max(0, grown(drop) - otherDrops) : 0;
  if (byProbe === 0 && byCounter === 0) return null;

  const decisive = byProbe > 0 ? probe : drop;
  const span = decisive?.grew;
  if (decisive === undefined || span === null || span === undefined) return null;

  const subject: Subject = { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null };
  const at = <T>(
    source: Evidence['source'],
    rest: T,
  ): T & { source: Evidence['source']; subject: Subject } => ({ ...rest, source, subject });
  const evidence: Evidence[] = [];
  const limit = peak?.limit ?? seriesOf(window, NODE_WIDE, 'net.netfilter.nf_conntrack_max')?.last ?? null;
  const metric = 'net.netfilter.nf_conntrack_count';
  evidence.push(at('kernel', { metric, measure: 'level', value: peak?.used ?? null, limit }));
  if (byProbe > 0)
    evidence.push(
      at('bpftrace', { metric: 'probe.table_full', measure: 'growth', value: byProbe, limit: null }),
    );
  if (drop?.growth != null)
    evidence.push(
      at('kernel', { metric: 'nf_conntrack.drop', measure: 'growth', value: drop.growth, limit: null }),
    );
  const against: Evidence[] = [];
  if (insertFailed?.growth != null)
    (insertFailed.growth === 0 ? evidence : against).push(
      at('kernel', {
        metric: 'nf_conntrack.insert_failed',
        measure: 'growth',
        value: insertFailed.growth,
        limit: null,
      }),
    );

  const { confidence, reasons } = confidenceOf(window, probe, drop, byProbe, byCounter);
  const untilMs = endedAt(window, span);
  return {
    code: 'conntrack-table-full',
    severity: 'critical',
    confidence,
    confidenceReasons: reasons,
    subject,
    refused: byProbe > 0 ? byProbe : byCounter,
    refusedPerSec: untilMs === null ? decisive.perSec : 0,
    evidence,
    against,
    sinceMs: span.fromMs,
    untilMs,
    causedBy: null,
    fixes: limit === null ? [] : [{ id: 'raise-conntrack-max', from: limit, to: raisedMax(limit, window) }],
  };
}

function grown(series: SeriesStats | undefined): number {
  return series?.growth ?? 0;
}

function confidenceOf(
  window: Window,
  probe: SeriesStats | undefined,
  drop: SeriesStats | undefined,
  byProbe: number,
  byCounter: number,
): { confidence: number; reasons: ConfidenceReason[] } {
  const reasons: ConfidenceReason[] = [];
  let confidence: number;
  if (probe === undefined || byProbe === 0) {
    confidence = 0.9;
    reasons.push('counter-and-level');
  } else if (drop?.growth == null) {
    confidence = 0.95;
    reasons.push('probe-alone');
  } else if (differ(probe, drop, byProbe, byCounter)) {
    confidence = 0.9;
    reasons.push('probe-and-counter-differ');
  } else {
    confidence = 1;
    reasons.push('probe-and-counter-agree');
  }
  if ((window.last.coverage?.lostEvents ?? 0) > 0) {
    confidence -= 0.05;
    reasons.push('records-lost');
  }
  if (window.gaps.length > 0) {
    confidence -= 0.05;
    reasons.push('gap-in-window');
  }
  return { confidence: Math.round(confidence * 100) / 100, reasons };
}

/** The two are sampled some seconds apart while drops go on: that much, or a tenth, is no disagreement. */
function differ(probe: SeriesStats, drop: SeriesStats, byProbe: number, byCounter: number): boolean {
  const pace = Math.max(probe.peakPerSec ?? 0, drop.peakPerSec ?? 0);
  const tolerance = Math.max(10, 0.1 * Math.max(byProbe, byCounter), SAMPLED_APART_SEC * pace);
  return Math.abs(byProbe - byCounter) > tolerance;
}

/** Four times the limit, within what a sixteenth of memory holds at 384 bytes an entry; at least double. */
function raisedMax(limit: number, window: Window): number {
  const memory = window.header.memTotalBytes;
  const affordable = memory === null ? Infinity : memory / 16 / 384;
  let to = limit * 4;
  while (to > affordable && to > limit * 2) to /= 2;
  return Math.round(to);
}
