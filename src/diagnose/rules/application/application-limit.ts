import type { Plateau, Window } from '../../../model/index.js';
import type { MetricName } from '../../../records/index.js';
import type { Evidence, Finding, Subject } from '../../finding.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findEnd } from '../../evidence/since.js';

/** Fewer tell nothing. */
const FEWEST_ACCEPTED = 20;
/** This share of what was accepted was closed here, and nothing was sent on it. */
const MOST_CLOSED_SHARE = 0.7;
/** Connections held beside it, that make the plateau. */
const FEWEST_HELD = 10;
/** As many sent segments, for each one closed, are no talk. */
const SILENT_SHARE = 0.5;
/** What is connected from here is closed from here as well: then it is not to be told who closed. */
const OWN_CONNECTS_SHARE = 0.1;

/**
 * Connections are accepted, and closed by this host at once without a word, while the number that stands does not
 * grow: an application that has as many as it wants. The kernel counts nothing of the kind; it is inferred from who
 * closes, and cannot be told from a service that refuses these clients for another reason: hence the low confidence.
 * Where the connections that stand are busy, their traffic hides it, and nothing is said.
 */
export function applicationLimit(window: Window): Finding[] {
  return window.plateaus.flatMap((plateau) => {
    const closed = countClosedAtOnce(plateau);
    return closed === null ? [] : [makeFinding(window, plateau, closed)];
  });
}

interface Closed {
  readonly metric: MetricName;
  readonly count: number;
  readonly confidence: number;
}

function countClosedAtOnce(plateau: Plateau): Closed | null {
  const { accepted, connected, closedUnread, closedFirst, dataSent, established } = plateau;
  if (accepted === null || dataSent === null || accepted < FEWEST_ACCEPTED) return null;
  const most = accepted * MOST_CLOSED_SHARE;
  if (dataSent > accepted * SILENT_SHARE) return null;
  // What the client had sent was not read: nobody answers so who serves.
  if (closedUnread !== null && closedUnread >= most)
    return { metric: 'TcpExt.TCPAbortOnClose', count: closedUnread, confidence: 0.6 };
  if (connected === null || connected > accepted * OWN_CONNECTS_SHARE || established < FEWEST_HELD)
    return null;
  if (closedFirst !== null && closedFirst >= most)
    return { metric: 'sockstat.TCP.tw', count: closedFirst, confidence: 0.5 };
  return null;
}

function makeFinding(window: Window, plateau: Plateau, closed: Closed): Finding {
  const { netns, fromMs, toMs, accepted, dataSent, established } = plateau;
  const label = window.last.netnsLabels.get(netns) ?? null;
  const [only, ...others] = window.listeners.filter((listener) => listener.listener.netns === netns);
  // Where one listens alone, it is the one that closes.
  const subject: Subject =
    only !== undefined && others.length === 0
      ? { kind: 'listener', listener: only.listener, netnsLabel: label }
      : { kind: 'netns', netns, label };
  const grown = (metric: MetricName, value: number | null): Evidence => ({
    metric,
    measure: 'growth',
    value,
    limit: null,
    source: 'kernel',
    subject,
  });
  const untilMs = findEnd(window, { fromMs, toMs });
  return {
    code: 'application-limit',
    severity: 'warning',
    ...rateConfidence(window, closed.confidence, 'inferred-from-closes'),
    subject,
    refused: closed.count,
    refusedPerSec: null,
    evidence: [
      grown('Tcp.PassiveOpens', accepted),
      grown(closed.metric, closed.count),
      grown('TcpExt.TCPOrigDataSent', dataSent),
      { ...grown('Tcp.CurrEstab', established), measure: 'level' },
    ],
    against: [],
    sinceMs: fromMs,
    untilMs,
    causedBy: null,
    fixes: untilMs === null ? [{ id: 'look-at-application' }] : [],
  };
}
