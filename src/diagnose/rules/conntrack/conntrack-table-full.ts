import { ceilingOf, namespacesOf, seriesOf } from '../../../model/index.js';
import type { CeilingStats, SeriesStats, Span, Window } from '../../../model/index.js';
import { NODE_WIDE } from '../../../records/index.js';
import type { Netns } from '../../../records/index.js';
import type { Evidence, Finding, Subject } from '../../finding.js';
import { rateConfidence, rateProbeConfidence, SAMPLED_APART_SEC } from '../../evidence/confidence.js';
import { countsLossesOnly, growthEvidence } from '../../evidence/insert-failures.js';
import { paceOf } from '../../evidence/pace.js';
import { tableContents } from '../../evidence/entry-sample.js';
import { freeConntrackTable } from '../../fixes/conntrack-table.js';
import { findEnd, findEndUnlessFull } from '../../evidence/since.js';

/** The drop counter speaks of table-full only while the table is this near to its limit. */
const NEAR_FULL_SHARE = 0.97;

/**
 * New flows refused because the table is full, in any namespace (kernel.md section 2): `early_drop`
 * returned 0, or the `drop` counter rose while the count stood at the limit and `insert_failed` did not.
 */
export function conntrackTableFull(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    if (netns === NODE_WIDE) return [];
    const finding = findInNamespace(window, netns);
    return finding === null ? [] : [finding];
  });
}

function findInNamespace(window: Window, netns: Netns): Finding | null {
  const probe = seriesOf(window, netns, 'probe.table_full');
  const drop = seriesOf(window, netns, 'nf_conntrack.drop');
  const insertFailed = seriesOf(window, netns, 'nf_conntrack.insert_failed');
  const ceiling = ceilingOf(window, `conntrack:${netns}`);
  const peak = ceiling?.peak ?? null;

  const byProbe = growthOf(probe);
  // A clash counts as a drop too, and as a failed insert beside it; older kernels count harmless ones there as well.
  const clashes = countsLossesOnly(window.header.kernel) ? growthOf(insertFailed) : 0;
  const drops = Math.max(0, growthOf(drop) - clashes);
  const byCounter = peak !== null && isAtLimit(window, peak.share, drop, drops) ? drops : 0;
  const subject = { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null } as const;
  if (byProbe === 0 && byCounter === 0) return findByLevel(window, subject, ceiling);

  const decisive = byProbe > 0 ? probe : drop;
  const span = decisive?.grew;
  if (decisive === undefined || span === null || span === undefined) return null;

  const at = <T>(
    source: Evidence['source'],
    rest: T,
  ): T & { source: Evidence['source']; subject: Subject } => ({ ...rest, source, subject });
  const evidence: Evidence[] = [];
  // Where the limit was changed and the table filled up to the new one, that is the one that counts.
  const full =
    ceiling !== undefined && (ceiling.share ?? 0) >= NEAR_FULL_SHARE && ceiling.limit !== peak?.limit
      ? ceiling
      : peak;
  const limitNow =
    ceiling?.limit ?? seriesOf(window, NODE_WIDE, 'net.netfilter.nf_conntrack_max')?.last ?? null;
  const limit = full?.limit ?? limitNow;
  const metric = 'net.netfilter.nf_conntrack_count';
  evidence.push(at('kernel', { metric, measure: 'level', value: full?.used ?? null, limit }));
  if (byProbe > 0)
    evidence.push(
      at('bpftrace', { metric: 'probe.table_full', measure: 'growth', value: byProbe, limit: null }),
    );
  if (drop?.growth != null)
    evidence.push(
      at('kernel', { metric: 'nf_conntrack.drop', measure: 'growth', value: drop.growth, limit: null }),
    );
  const contents = tableContents(window, netns, subject);
  evidence.push(...staleEvidence(window, subject), ...contents.evidence);
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

  const untilMs = findEndUnlessFull(window, span, ceiling);
  return {
    code: 'conntrack-table-full',
    severity: 'critical',
    ...(byProbe > 0
      ? rateProbeConfidence(
          window,
          byProbe,
          drop?.growth == null ? null : drops,
          Math.max(probe?.peakPerSec ?? 0, drop?.peakPerSec ?? 0),
        )
      : rateConfidence(window, 0.9, 'counter-and-level')),
    subject,
    refused: byProbe > 0 ? byProbe : byCounter,
    refusedPerSec: findEnd(window, span) === null ? decisive.perSec : 0,
    evidence,
    against,
    sinceMs: startOf(span, drop?.grew ?? null),
    untilMs,
    causedBy: null,
    // If the limit has been raised already, there is nothing left to do.
    fixes:
      limitNow === null || limit === null || limitNow > limit
        ? []
        : [...freeConntrackTable(window, netns, limitNow), ...contents.fixes],
  };
}

/** Probe and counter are sampled apart: the earlier of the two is when it began. */
function startOf({ fromMs }: Span, other: Span | null): number {
  return other !== null && other.fromMs < fromMs && fromMs - other.fromMs <= SAMPLED_APART_SEC * 1000
    ? other.fromMs
    : fromMs;
}

/** How long an entry stays after its client has vanished: what such entries fill the table with. */
function staleEvidence(window: Window, subject: Subject & { readonly kind: 'netns' }): Evidence[] {
  const metric = 'net.netfilter.nf_conntrack_tcp_timeout_established';
  const value = seriesOf(window, subject.netns, metric)?.last ?? null;
  return value === null ? [] : [{ metric, measure: 'level', value, limit: null, source: 'kernel', subject }];
}

/** The table was seen full, or near it while drops came at a pace that the TCP tracker's own do not. */
function isAtLimit(window: Window, share: number, drop: SeriesStats | undefined, drops: number): boolean {
  return share >= 1 || (share >= NEAR_FULL_SHARE && paceOf(window, drop, drops) !== 'rare');
}

/** No new flow came in the window, or each evicted another: the next one is refused all the same. */
function findByLevel(
  window: Window,
  subject: Subject & { readonly kind: 'netns' },
  ceiling: CeilingStats | undefined,
): Finding | null {
  if (ceiling?.share == null || ceiling.share < 1 || ceiling.full === null) return null;
  // While others are evicted for them, new flows get in.
  if (growthOf(seriesOf(window, subject.netns, 'nf_conntrack.early_drop')) > 0) return null;
  const contents = tableContents(window, subject.netns, subject);
  return {
    code: 'conntrack-table-full',
    severity: 'critical',
    ...rateConfidence(window, 0.95, 'level-alone'),
    subject,
    refused: 0,
    refusedPerSec: 0,
    evidence: [
      {
        metric: 'net.netfilter.nf_conntrack_count',
        measure: 'level',
        value: ceiling.used,
        limit: ceiling.limit,
        source: 'kernel',
        subject,
      },
      ...staleEvidence(window, subject),
      ...contents.evidence,
    ],
    against: growthEvidence(window, subject.netns, 'nf_conntrack.drop', subject),
    sinceMs: Math.max(ceiling.full.fromMs, ceiling.highSinceMs ?? 0),
    untilMs: null,
    causedBy: null,
    fixes:
      ceiling.limit === null
        ? []
        : [...freeConntrackTable(window, subject.netns, ceiling.limit), ...contents.fixes],
  };
}

function growthOf(series: SeriesStats | undefined): number {
  return series?.growth ?? 0;
}
