import { NODE_WIDE } from '../../../records/index.js';
import type { MetricName, Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { ListenerStats, Window } from '../../../model/index.js';
import type { Finding, Subject } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { paceOf } from '../../evidence/pace.js';
import { findEnd } from '../../evidence/since.js';

/** The kernel's other reasons to send a reset: each counts what it sent. */
const OTHER_RESETS = [
  'TcpExt.TCPAbortOnClose',
  'TcpExt.TCPAbortOnData',
  'TcpExt.TCPAbortOnLinger',
  'TcpExt.TCPAbortOnTimeout',
  'TcpExt.TCPAbortOnMemory',
] as const satisfies readonly MetricName[];
/** As many listeners are listed at most: one that is missing from a full list may still be there. */
const MOST_LISTED = 200;

/**
 * Nothing listens on the port that clients ask for: each SYN is answered by a reset (Tcp.OutRsts less the resets that
 * the kernel counts apart), since a listener that was there in the window is gone. Resets alone say nothing: a scan of
 * closed ports looks the same, and the kernel does not count which ports they were for.
 */
export function nobodyListening(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => (netns === NODE_WIDE ? [] : findInNamespace(window, netns)));
}

function findInNamespace(window: Window, netns: Netns): Finding[] {
  const resets = seriesOf(window, netns, 'Tcp.OutRsts');
  if (resets?.growth == null || resets.grew === null) return [];
  const others = OTHER_RESETS.reduce((sum, name) => sum + (seriesOf(window, netns, name)?.growth ?? 0), 0);
  const count = resets.growth - others;
  if (paceOf(window, resets, count) === 'rare') return [];
  const gone = findGone(window, netns).filter(
    ({ lastSeenMs }) => resets.grew !== null && resets.grew.toMs > lastSeenMs,
  );
  if (gone.length === 0) return [];
  const [first, ...further] = gone;
  const label = window.last.netnsLabels.get(netns) ?? null;
  const subject: Subject =
    first !== undefined && further.length === 0
      ? { kind: 'listener', listener: first.listener, netnsLabel: label }
      : { kind: 'netns', netns, label };
  const whose: Subject = { kind: 'netns', netns, label };
  const untilMs = findEnd(window, resets.grew);
  return [
    {
      code: 'nobody-listening',
      severity: 'critical',
      ...rateConfidence(window, further.length === 0 ? 0.85 : 0.6, 'listener-gone'),
      subject,
      refused: count,
      refusedPerSec: untilMs === null ? resets.perSec : 0,
      evidence: growthEvidence(window, netns, 'Tcp.OutRsts', whose),
      against: OTHER_RESETS.flatMap((metric) => growthEvidence(window, netns, metric, whose)).filter(
        ({ value }) => (value ?? 0) > 0,
      ),
      sinceMs: Math.max(resets.grew.fromMs, ...gone.map(({ lastSeenMs }) => lastSeenMs)),
      untilMs,
      causedBy: null,
      fixes: [{ id: 'find-missing-listener', entry: netnsEntry(window, netns), port: portOf(subject) }],
    },
  ];
}

/** Listeners of the host itself that were there in the window, and whose port nothing listens on any more. */
function findGone(window: Window, netns: Netns): ListenerStats[] {
  const present = window.listeners.filter(({ listener, present }) => present && listener.netns === netns);
  // Of other namespaces only those are listed where a queue overflowed.
  if (netns !== window.header.netns || present.length >= MOST_LISTED) return [];
  if (present.length === 0 && !areAllListed(window)) return [];
  const ports = new Set(present.map(({ listener }) => listener.port));
  return window.listeners.filter(
    ({ listener, present: isThere }) => !isThere && listener.netns === netns && !ports.has(listener.port),
  );
}

/** Whether an empty list says that nothing listens: where ss failed it is empty as well, and the coverage says so. */
function areAllListed({ last }: Window): boolean {
  const unread = last.coverage?.unread;
  return unread !== undefined && !unread.some(({ kind }) => kind === 'listeners');
}

function portOf(subject: Subject): number | null {
  return subject.kind === 'listener' ? subject.listener.port : null;
}
