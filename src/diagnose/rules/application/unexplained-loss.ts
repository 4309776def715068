import { NODE_WIDE } from '../../../records/index.js';
import type { MetricName, Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { findLosses } from '../../evidence/losses.js';
import type { Loss } from '../../evidence/losses.js';
import { findEnd } from '../../evidence/since.js';
import type { Evidence, Finding } from '../../finding.js';
import type { LossKind } from '../../fixes/fix.js';
import { netnsEntry } from '../../fixes/netns-entry.js';
import type { Subject } from '../../subject.js';

/** How surely each kind is a loss, and one that no rule should have named. */
const CONFIDENCE: Readonly<Record<LossKind, number>> = {
  'accept-failed': 0.85,
  'listen-drops': 0.8,
  'conntrack-drops': 0.7,
  'connect-failed': 0.7,
  'bind-failed': 0.6,
  'netfilter-syns': 0.6,
  'handshakes-failed': 0.6,
  'syns-resent': 0.5,
  resets: 0.4,
};

/** Counters that stand for the usual causes: that they did not grow rules those out. */
const RULED_OUT: readonly MetricName[] = [
  'TcpExt.ListenOverflows',
  'TcpExt.TCPReqQFullDrop',
  'probe.table_full',
  'nf_conntrack.drop',
  'probe.accept_emfile',
  'probe.accept_enfile',
  'probe.connect_eaddrnotavail',
  'probe.bind_no_port',
  'probe.netfilter_drop_syn',
];

/**
 * Connections that are lost or refused while no rule says why, one finding a namespace. It runs after the others and
 * takes off what their findings account for.
 */
export function unexplainedLoss(window: Window, others: readonly Finding[]): Finding[] {
  return namespacesOf(window).flatMap((netns): Finding[] => {
    if (netns === NODE_WIDE) return [];
    const [first, ...more] = findLosses(window, netns, others.filter(concernsNetns(netns)), others);
    return first === undefined ? [] : [findingOf(window, netns, first, more)];
  });
}

/** Whether a finding is about the namespace, or about the whole host. */
function concernsNetns(netns: Netns): (finding: Finding) => boolean {
  return ({ subject }) => {
    switch (subject.kind) {
      case 'netns':
        return subject.netns === netns;
      case 'listener':
        return subject.listener.netns === netns;
      case 'ports':
        return subject.ports.netns === netns;
      case 'node':
      case 'process':
        return true;
    }
  };
}

function findingOf(window: Window, netns: Netns, first: Loss, more: readonly Loss[]): Finding {
  const subject: Subject = { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null };
  const span = first.series.grew ?? { fromMs: window.fromMs, toMs: window.toMs };
  const untilMs = findEnd(window, span);
  const counted = [first, ...more].flatMap((loss) => [loss.series.name, ...loss.beside]);
  const grown = (metric: MetricName): Evidence[] => growthEvidence(window, netns, metric, subject);
  const { perSec, growth } = first.series;
  return {
    code: 'unexplained-loss',
    severity: 'warning',
    ...rateConfidence(window, CONFIDENCE[first.kind], 'no-rule-explains'),
    subject,
    refused: first.count,
    // Of the rate as much as of the growth is without a name.
    refusedPerSec:
      untilMs === null ? (perSec === null ? null : (perSec * first.count) / (growth ?? first.count)) : 0,
    evidence: [...new Set(counted)].flatMap((metric) => {
      const evidence = grown(metric);
      return first.series.name === metric ? evidence : evidence.filter(({ value }) => value !== 0);
    }),
    against: RULED_OUT.filter(
      (metric) => !counted.includes(metric) && seriesOf(window, netns, metric)?.growth === 0,
    ).flatMap(grown),
    sinceMs: span.fromMs,
    untilMs,
    causedBy: null,
    fixes: [{ id: 'check-loss', entry: netnsEntry(window, netns), loss: first.kind }],
  };
}
