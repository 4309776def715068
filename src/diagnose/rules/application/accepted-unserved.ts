import { NODE_WIDE } from '../../../records/index.js';
import type { MetricName, Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import type { Evidence, Finding } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';

/** Any server is behind with some connections. */
const FEWEST = 10;
const MOST_SHARE = 0.5;

/**
 * A process accepts connections and does not read from them: a lock, a pool of workers that all wait, a debugger. Clients
 * are connected and get no answer, which no counter of the kernel shows. A server that reads no more on purpose
 * (flow control of a broker) looks the same: hence the low confidence.
 */
export function acceptedUnserved(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => (netns === NODE_WIDE ? [] : findInNamespace(window, netns)));
}

function findInNamespace(window: Window, netns: Netns): Finding[] {
  const last = (name: MetricName): number => seriesOf(window, netns, name)?.last ?? 0;
  const [port, unread, established] = [
    last('unserved.port'),
    last('unserved.unread'),
    last('unserved.established'),
  ];
  if (unread < FEWEST || unread < MOST_SHARE * established) return [];
  const label = window.last.netnsLabels.get(netns) ?? null;
  // Data that waits at a client of this host is another matter.
  const found = window.listeners.find(({ listener }) => listener.netns === netns && listener.port === port);
  if (found === undefined) return [];
  const subject = { kind: 'listener', listener: found.listener, netnsLabel: label } as const;
  const level: Evidence = {
    metric: 'unserved.unread',
    measure: 'level',
    value: unread,
    limit: established,
    source: 'kernel',
    subject,
  };
  const accepted = seriesOf(window, netns, 'Tcp.PassiveOpens');
  return [
    {
      code: 'accepted-unserved',
      severity: 'warning',
      ...rateConfidence(window, 0.5, 'unread-at-two-looks'),
      subject,
      refused: null,
      refusedPerSec: null,
      evidence: [
        level,
        ...growthEvidence(window, netns, 'Tcp.PassiveOpens', subject),
        ...growthEvidence(window, netns, 'TcpExt.TCPOrigDataSent', subject),
      ],
      against: [],
      sinceMs: accepted?.grew?.fromMs ?? window.fromMs,
      untilMs: null,
      causedBy: null,
      fixes: [{ id: 'find-unread', entry: netnsEntry(window, netns), listener: found.listener }],
    },
  ];
}
