import type { Plateau, Window } from '../../../model/index.js';
import type { Listener, MetricName } from '../../../records/index.js';
import type { Evidence, Finding, Subject } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { serverLimitAt } from '../../evidence/server-limits.js';
import type { ServerLimit } from '../../evidence/server-limits.js';
import { findEnd } from '../../evidence/since.js';

/** Fewer tell nothing. */
const FEWEST_ACCEPTED = 20;
/** This share of what was accepted was closed here, and nothing was sent on it. */
const MOST_CLOSED_SHARE = 0.7;
/** Connections held beside it, that make the plateau. */
const FEWEST_HELD = 10;
/** With at most this many sent data segments per accepted connection, the server has not answered. */
const SILENT_SHARE = 0.5;
/** A refusal in one segment: `-ERR max number of clients`, an MQTT CONNACK, `Too many connections`. */
const SHORT_ANSWER_SHARE = 1.5;
/** What is connected from here is closed from here as well: then it is not to be told who closed. */
const OWN_CONNECTS_SHARE = 0.1;

/**
 * Connections are accepted, and closed by this host at once without a word, while the number that stands does not
 * grow: an application that has as many as it wants. The kernel counts nothing of the kind; it is inferred from who
 * closes, and cannot be told from a service that refuses these clients for another reason: hence the low confidence.
 * Where the connections that stand are busy, their traffic hides it, and nothing is said. A refusal in words cannot be
 * told from a short answer, unless as many connections stand as a well-known server allows.
 */
export function applicationLimit(window: Window): Finding[] {
  return window.plateaus.flatMap((plateau) => {
    const known = knownLimit(window, plateau);
    const closed = countClosedAtOnce(plateau, known !== null);
    return closed === null ? [] : [makeFinding(window, plateau, closed, known)];
  });
}

interface Closed {
  readonly metric: MetricName;
  readonly count: number;
  readonly confidence: number;
}

interface KnownLimit extends ServerLimit {
  readonly listener: Listener;
}

/** The server of the namespace whose stock limit the plateau stands at. */
function knownLimit(window: Window, { netns, established }: Plateau): KnownLimit | null {
  for (const { listener } of window.listeners) {
    if (listener.netns !== netns) continue;
    const known = serverLimitAt(listener, established, window.last.processes);
    if (known !== null) return { ...known, listener };
  }
  return null;
}

/**
 * Segments that carried data. Every FIN counts in TCPOrigDataSent as well (kernel.md section 9): in a plateau as many
 * connections close as open, each by a FIN of this side but those that were reset.
 */
function segmentsOfData({ accepted, connected, closedUnread, dataSent }: Plateau): number | null {
  if (accepted === null || dataSent === null) return null;
  const fins = Math.max(0, accepted + (connected ?? 0) - (closedUnread ?? 0));
  return Math.max(0, dataSent - fins);
}

function countClosedAtOnce(plateau: Plateau, atKnownLimit: boolean): Closed | null {
  const { accepted, connected, closedUnread, closedFirst, established } = plateau;
  const data = segmentsOfData(plateau);
  if (accepted === null || data === null || accepted < FEWEST_ACCEPTED) return null;
  const most = accepted * MOST_CLOSED_SHARE;
  if (data > accepted * (atKnownLimit ? SHORT_ANSWER_SHARE : SILENT_SHARE)) return null;
  // What the client had sent was not read: a server that serves the connection would have read it.
  if (closedUnread !== null && closedUnread >= most)
    return { metric: 'TcpExt.TCPAbortOnClose', count: closedUnread, confidence: 0.6 };
  if (connected === null || connected > accepted * OWN_CONNECTS_SHARE || established < FEWEST_HELD)
    return null;
  if (closedFirst !== null && closedFirst >= most)
    return { metric: 'sockstat.TCP.tw', count: closedFirst, confidence: 0.5 };
  return null;
}

function makeFinding(window: Window, plateau: Plateau, closed: Closed, known: KnownLimit | null): Finding {
  const { netns, fromMs, toMs, accepted, dataSent, established } = plateau;
  const label = window.last.netnsLabels.get(netns) ?? null;
  const [only, ...others] = window.listeners.filter((listener) => listener.listener.netns === netns);
  // Where one listens alone, it is the one that closes.
  const subject: Subject =
    known !== null
      ? { kind: 'listener', listener: known.listener, netnsLabel: label }
      : only !== undefined && others.length === 0
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
    ...(known === null
      ? rateConfidence(window, closed.confidence, 'inferred-from-closes')
      : rateConfidence(window, 0.75, 'inferred-from-closes', 'at-known-limit')),
    subject,
    refused: closed.count,
    refusedPerSec: null,
    evidence: [
      grown('Tcp.PassiveOpens', accepted),
      grown(closed.metric, closed.count),
      grown('TcpExt.TCPOrigDataSent', dataSent),
      { ...grown('Tcp.CurrEstab', established), measure: 'level', limit: known?.limit ?? null },
    ],
    against: [],
    sinceMs: fromMs,
    untilMs,
    causedBy: null,
    fixes: untilMs === null ? [{ id: 'look-at-application', entry: netnsEntry(window, netns) }] : [],
  };
}
