import { NODE_WIDE } from '../../../records/index.js';
import type { MetricName, Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { SeriesStats, Window } from '../../../model/index.js';
import type { Finding, Subject } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { pacePerSec } from '../../evidence/pace.js';
import { findEnd } from '../../evidence/since.js';

/** Late segments of closed connections are invalid, too: a busy host has some of them all day. */
const MANY_PER_SEC = 20;
/** Retransmitted segments per dropped packet above which connections of this host wait for those packets. */
const RESENT_SHARE = 0.5;

/**
 * A rule drops packets that conntrack calls invalid (`ct state invalid drop`): with asymmetric routes it sees only half
 * of a connection, and answers of flows whose SYN took another way, or segments out of its window, are lost. Seen where
 * netfilter drops other packets than SYNs while conntrack counts about as many as invalid.
 */
export function invalidDrop(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => (netns === NODE_WIDE ? [] : findInNamespace(window, netns)));
}

function findInNamespace(window: Window, netns: Netns): Finding[] {
  const series = (name: MetricName): SeriesStats | undefined => seriesOf(window, netns, name);
  const growth = (name: MetricName): number => series(name)?.growth ?? 0;
  const invalid = series('nf_conntrack.invalid');
  const others =
    growth('probe.netfilter_drop') -
    growth('probe.netfilter_drop_syn') -
    growth('probe.netfilter_drop_syn_own') -
    growth('nf_conntrack.drop');
  const count = Math.min(invalid?.growth ?? 0, Math.max(0, others));
  if (invalid?.grew == null || pacePerSec(window, invalid, count) < MANY_PER_SEC) return [];
  const isResent = growth('Tcp.RetransSegs') >= RESENT_SHARE * count;
  const subject: Subject = { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null };
  const untilMs = findEnd(window, invalid.grew);
  return [
    {
      code: 'invalid-drop',
      severity: 'warning',
      ...rateConfidence(window, isResent ? 0.8 : 0.6, 'invalid-and-dropped'),
      subject,
      refused: count,
      refusedPerSec: untilMs === null ? invalid.perSec : 0,
      evidence: [
        ...growthEvidence(window, netns, 'nf_conntrack.invalid', subject),
        ...growthEvidence(window, netns, 'probe.netfilter_drop', subject),
        ...(isResent ? growthEvidence(window, netns, 'Tcp.RetransSegs', subject) : []),
      ],
      against: isResent ? [] : growthEvidence(window, netns, 'Tcp.RetransSegs', subject),
      sinceMs: invalid.grew.fromMs,
      untilMs,
      causedBy: null,
      fixes: [{ id: 'find-invalid', entry: netnsEntry(window, netns) }],
    },
  ];
}
