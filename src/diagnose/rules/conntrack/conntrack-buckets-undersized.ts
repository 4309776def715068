import { NODE_WIDE } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { SeriesStats, Window } from '../../../model/index.js';
import type { Evidence, Finding } from '../../finding.js';
import { raiseConntrackBuckets } from '../../fixes/conntrack-table.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { paceOf } from '../../evidence/pace.js';
import { findEnd } from '../../evidence/since.js';

/** Entries a bucket at most: what a module loaded with `hashsize` gets by default; stock kernels have 1 or 4. */
const MOST_A_BUCKET = 8;
const BUCKETS = 'net.netfilter.nf_conntrack_buckets';

/**
 * The hash table of conntrack has so few buckets for its limit that its chains grow long: each packet walks them,
 * and from Linux 5.15 on a flow whose chain is too long is refused (kernel.md section 2).
 */
export function conntrackBucketsUndersized(window: Window): Finding[] {
  const max = seriesOf(window, NODE_WIDE, 'net.netfilter.nf_conntrack_max')?.last ?? null;
  const buckets = seriesOf(window, NODE_WIDE, BUCKETS)?.last ?? null;
  const tooLong = namespacesOf(window).flatMap((netns) => {
    const chains = seriesOf(window, netns, 'nf_conntrack.chaintoolong');
    return chains?.growth != null && chains.growth > 0 && chains.grew !== null ? [chains] : [];
  });
  const ratio = max === null || buckets === null || buckets === 0 ? 0 : max / buckets;
  if (tooLong.length === 0 && ratio <= MOST_A_BUCKET) return [];

  // All namespaces share the one hash table.
  const entries = window.ceilings.reduce(
    (sum, ceiling) =>
      sum +
      (ceiling.id === 'conntrack' ? ((tooLong.length > 0 ? ceiling.peak?.used : ceiling.used) ?? 0) : 0),
    0,
  );
  const crowded = buckets !== null && entries / buckets > MOST_A_BUCKET;
  const node = { kind: 'node' } as const;
  // If the buckets were raised since the chains grew too long, the smallest number is what it happened with.
  const fewest = tooLong.length === 0 ? buckets : (seriesOf(window, NODE_WIDE, BUCKETS)?.min ?? buckets);
  const level: Evidence[] = [
    {
      metric: BUCKETS,
      measure: 'level',
      value: fewest,
      limit: null,
      source: 'kernel',
      subject: node,
    },
    {
      metric: 'net.netfilter.nf_conntrack_max',
      measure: 'level',
      value: max,
      limit: null,
      source: 'kernel',
      subject: node,
    },
  ];
  const count: Evidence = {
    metric: 'net.netfilter.nf_conntrack_count',
    measure: 'level',
    value: entries,
    limit: null,
    source: 'kernel',
    subject: node,
  };
  const fixes = raiseConntrackBuckets(window, buckets, max);
  const common = { code: 'conntrack-buckets-undersized', subject: node, causedBy: null, fixes } as const;
  if (tooLong.length === 0)
    return [
      {
        ...common,
        severity: 'warning',
        ...(crowded
          ? rateConfidence(window, 0.9, 'level-alone')
          : rateConfidence(window, 0.75, 'chains-short-now')),
        refused: 0,
        refusedPerSec: null,
        evidence: crowded ? [...level, count] : level,
        against: crowded ? [] : [count],
        sinceMs: window.fromMs,
        untilMs: null,
      },
    ];
  return [
    {
      ...common,
      severity: tooLong.every((chains) => paceOf(window, chains) === 'rare') ? 'warning' : 'critical',
      ...rateConfidence(window, 0.95, 'counter-alone'),
      refused: tooLong.reduce((sum, seriesStats) => sum + (seriesStats.growth ?? 0), 0),
      ...timesOf(window, tooLong),
      evidence: [
        ...tooLong.flatMap((seriesStats) =>
          growthEvidence(window, seriesStats.netns, 'nf_conntrack.chaintoolong', {
            kind: 'netns',
            netns: seriesStats.netns,
            label: window.last.netnsLabels.get(seriesStats.netns) ?? null,
          }),
        ),
        ...level,
        count,
      ],
      against: [],
    },
  ];
}

function timesOf(
  window: Window,
  series: readonly SeriesStats[],
): Pick<Finding, 'sinceMs' | 'untilMs' | 'refusedPerSec'> {
  const spans = series.flatMap((entry) => entry.grew ?? []);
  const fromMs = Math.min(...spans.map((span) => span.fromMs));
  const untilMs = findEnd(window, { fromMs, toMs: Math.max(...spans.map((span) => span.toMs)) });
  const perSec = series.reduce((sum, entry) => sum + (entry.perSec ?? 0), 0);
  return { sinceMs: fromMs, untilMs, refusedPerSec: untilMs === null ? perSec : 0 };
}
