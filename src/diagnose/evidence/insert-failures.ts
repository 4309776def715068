import { NODE_WIDE } from '../../records/index.js';
import type { MetricName, Netns } from '../../records/index.js';
import { ceilingOf, seriesOf } from '../../model/index.js';
import type { SeriesStats, Window } from '../../model/index.js';
import type { Evidence, Subject } from '../finding.js';

/** New flows that did not get into the table of one namespace though it had room (kernel.md section 1). */
export interface InsertFailures {
  readonly subject: Subject;
  /** Packets lost to a flow that was there already; by the probe where it is attached, else by the counters. */
  readonly clashes: number;
  /** Of them, those whose source NAT had rewritten; `null` without the probe. */
  readonly rewritten: number | null;
  /** What the probe counts, `null` without it. */
  readonly probed: number | null;
  /** What the kernel counts as failed and dropped, `null` where its counters cannot tell. */
  readonly counted: number | null;
  /** The figure that says when. */
  readonly decisive: SeriesStats | undefined;
  readonly peakPerSec: number;
  readonly evidence: readonly Evidence[];
}

/**
 * Reads the counters of failed inserts together. A clash counts as `insert_failed` and as `drop`, a full table as
 * `drop` alone, a chain that is too long, or a failed ctnetlink insert, as `insert_failed` alone.
 */
export function readInsertFailures(window: Window, netns: Netns): InsertFailures {
  const subject: Subject = { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null };
  const series = (name: MetricName): SeriesStats | undefined => seriesOf(window, netns, name);
  const failed = series('nf_conntrack.insert_failed');
  const probe = series('probe.insert_failed');
  const chains = series('nf_conntrack.chaintoolong')?.growth ?? 0;
  const drops = series('nf_conntrack.drop')?.growth ?? null;

  const counted =
    failed?.growth == null || drops === null || !countsLossesOnly(window.header.kernel)
      ? null
      : Math.min(Math.max(0, failed.growth - chains), drops);
  const probed = probe?.growth == null ? null : Math.max(0, probe.growth - chains);
  const rewritten = series('probe.insert_failed_snat')?.growth ?? null;
  return {
    subject,
    clashes: probed ?? counted ?? 0,
    rewritten,
    probed,
    counted,
    decisive: probed !== null && probed > 0 ? probe : failed,
    peakPerSec: Math.max(failed?.peakPerSec ?? 0, probe?.peakPerSec ?? 0),
    evidence: (
      [
        'probe.insert_failed',
        'nf_conntrack.insert_failed',
        'nf_conntrack.drop',
        'nf_conntrack.clash_resolve',
      ] as const
    ).flatMap((metric) => growthEvidence(window, netns, metric, subject)),
  };
}

/** What a counter gained, as evidence; nothing where it is unknown. */
export function growthEvidence(
  window: Window,
  netns: Netns,
  metric: MetricName,
  subject: Subject,
): Evidence[] {
  const stats = seriesOf(window, netns, metric);
  if (stats?.growth == null) return [];
  return [{ metric, measure: 'growth', value: stats.growth, limit: null, source: stats.source, subject }];
}

/** Entries of the table against its limit, at the highest share seen. */
export function tableLevelEvidence(window: Window, netns: Netns, subject: Subject): Evidence[] {
  const ceiling = ceilingOf(window, `conntrack:${netns}`);
  const limit = ceiling?.peak?.limit ?? seriesOf(window, NODE_WIDE, 'net.netfilter.nf_conntrack_max')?.last;
  const value = ceiling?.peak?.used ?? ceiling?.used ?? null;
  if (value === null) return [];
  const metric = 'net.netfilter.nf_conntrack_count';
  return [{ metric, measure: 'level', value, limit: limit ?? null, source: 'kernel', subject }];
}

/** Before Linux 5.10 (4.18 of RHEL 8 and 5.4 were read) insert_failed also counts clashes resolved without loss. */
export function countsLossesOnly(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  return major > 5 || (major === 5 && minor >= 10);
}
