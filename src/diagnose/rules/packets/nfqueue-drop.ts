import { NODE_WIDE } from '../../../records/index.js';
import type { MetricName, Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { paceOf } from '../../evidence/pace.js';
import type { Pace } from '../../evidence/pace.js';
import type { Finding } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';

/** At the full queue, and at the full socket of the program. */
const DROPS: readonly MetricName[] = ['nfnetlink_queue.queue_dropped', 'nfnetlink_queue.user_dropped'];

/**
 * Rules that hand packets to a program (NFQUEUE: intrusion prevention, agents of service meshes) lose them when the
 * program does not read as fast as they come, or is not there. What the program itself drops is its verdict, which the
 * kernel counts nowhere.
 */
export function nfqueueDrop(window: Window): Finding[] {
  return namespacesOf(window)
    .filter((netns) => netns !== NODE_WIDE)
    .flatMap((netns) => [...findFullQueue(window, netns), ...findUnreadQueue(window, netns)]);
}

function findFullQueue(window: Window, netns: Netns): Finding[] {
  const grown = DROPS.map((metric) => ({ metric, series: seriesOf(window, netns, metric) }))
    .filter(({ series }) => paceOf(window, series) !== 'rare')
    .sort((a, b) => (b.series?.growth ?? 0) - (a.series?.growth ?? 0));
  const [first, ...others] = grown;
  if (first === undefined) return [];
  const severity = severityOf(paceOf(window, first.series));
  const finding = findingFromCounter(
    window,
    netns,
    first.metric,
    { code: 'nfqueue-drop', severity, refuses: true },
    ['nfnetlink_queue.queues'],
  );
  if (finding === null) return [];
  return [
    {
      ...finding,
      evidence: [
        ...finding.evidence,
        ...others.flatMap(({ metric }) => growthEvidence(window, netns, metric, finding.subject)),
      ],
      fixes: [{ id: 'find-queue-reader', entry: netnsEntry(window, netns), unread: false }],
    },
  ];
}

function findUnreadQueue(window: Window, netns: Netns): Finding[] {
  const rules = seriesOf(window, netns, 'rules.unread_queue');
  const packets = seriesOf(window, netns, 'rules.unread_queue_packets');
  if ((rules?.last ?? 0) === 0) return [];
  // A rule that nothing meets costs nobody anything; whether one without a counter is met is not known.
  const growth = packets?.growth ?? null;
  if (growth === 0) return [];
  const subject = { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null } as const;
  return [
    {
      code: 'nfqueue-drop',
      severity: growth === null ? 'warning' : severityOf(paceOf(window, packets)),
      ...rateConfidence(window, growth === null ? 0.6 : 0.95, 'rule-without-reader'),
      subject,
      refused: growth,
      // The rules are read every few seconds: the rate of the last second says nothing.
      refusedPerSec: null,
      evidence: [
        ...growthEvidence(window, netns, 'rules.unread_queue_packets', subject),
        {
          metric: 'rules.unread_queue',
          measure: 'level',
          value: rules?.last ?? null,
          limit: null,
          source: 'kernel',
          subject,
        },
      ],
      against: [],
      sinceMs: packets?.grew?.fromMs ?? window.fromMs,
      untilMs: null,
      causedBy: null,
      fixes: [{ id: 'find-queue-reader', entry: netnsEntry(window, netns), unread: true }],
    },
  ];
}

function severityOf(pace: Pace): Finding['severity'] {
  return pace === 'heavy' ? 'critical' : 'warning';
}
