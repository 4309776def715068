import { NODE_WIDE } from '../../../records/index.js';
import type { Listener, Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { CeilingStats, ListenerStats, Window } from '../../../model/index.js';
import type { Evidence, Finding, Fix, Subject } from '../../finding.js';
import { rateConfidence, rateProbeConfidence } from '../../evidence/confidence.js';
import { defaultOf } from '../../fixes/raise.js';
import { findEnd, findEndUnlessFull } from '../../evidence/since.js';

/**
 * Connections refused because accept(2) does not keep up: the queue of a listener held more than its
 * backlog (kernel.md section 5). ListenDrops alone proves nothing; ListenOverflows does, and the probes
 * or the listener's own queue say whose.
 */
export function acceptQueueOverflow(window: Window): Finding[] {
  const overflowing = window.listeners.filter((listener) => (listener.overflowGrowth ?? 0) > 0);
  const blamed = new Set(overflowing.map((listenerStats) => listenerStats.listener.netns));
  const unnamed = namespacesOf(window).filter((netns) => netns !== NODE_WIDE && !blamed.has(netns));
  return [
    ...overflowing.map((listenerStats) => findAtListener(window, listenerStats, overflowing)),
    ...unnamed.flatMap((netns) => findInNamespace(window, netns)),
  ];
}

function findAtListener(
  window: Window,
  stats: ListenerStats,
  overflowing: readonly ListenerStats[],
): Finding {
  const { listener, overflowGrowth } = stats;
  // The kernel counts a namespace's overflows, not a listener's.
  const beside = overflowing.filter((listenerStats) => listenerStats.listener.netns === listener.netns);
  const probed = beside.reduce((sum, listenerStats) => sum + (listenerStats.overflowGrowth ?? 0), 0);
  const counter = seriesOf(window, listener.netns, 'TcpExt.ListenOverflows');
  const label = window.last.netnsLabels.get(listener.netns) ?? null;
  const subject: Subject = { kind: 'listener', listener, netnsLabel: label };
  const span = stats.grew ?? { fromMs: window.fromMs, toMs: window.toMs };
  const untilMs = stats.present ? findEndUnlessFull(window, span, findQueue(window, listener)) : span.toMs;
  const quiet = findEnd(window, span) !== null;
  const evidence: Evidence[] = [
    {
      metric: 'listener.overflows',
      measure: 'growth',
      value: overflowGrowth,
      limit: null,
      source: 'bpftrace',
      subject,
    },
    {
      metric: 'sk_ack_backlog',
      measure: 'level',
      value: stats.peakQueue,
      limit: listener.backlog,
      source: 'kernel',
      subject,
    },
    ...overflowCounterEvidence(window, listener.netns),
  ];
  return {
    code: 'accept-queue-overflow',
    severity: 'critical',
    ...rateProbeConfidence(
      window,
      probed,
      counter?.growth ?? null,
      counter?.peakPerSec ?? 0,
      'listener-named',
    ),
    subject,
    refused: overflowGrowth,
    refusedPerSec: quiet ? 0 : beside.length === 1 ? (counter?.perSec ?? null) : null,
    evidence,
    against: [],
    sinceMs: span.fromMs,
    untilMs,
    causedBy: null,
    fixes: fixesFor(window, stats),
  };
}

/** Without probes: the kernel's counter says that it happened, the fullest queue says where. */
function findInNamespace(window: Window, netns: Netns): Finding[] {
  const overflows = seriesOf(window, netns, 'TcpExt.ListenOverflows');
  if (overflows?.growth == null || overflows.growth === 0 || overflows.grew === null) return [];
  const suspect = window.listeners
    .filter((listener) => listener.listener.netns === netns && wasOverfull(listener))
    .sort((a, b) => (b.peakQueue ?? 0) - (a.peakQueue ?? 0))[0];
  const label = window.last.netnsLabels.get(netns) ?? null;
  const subject: Subject =
    suspect === undefined
      ? { kind: 'netns', netns, label }
      : { kind: 'listener', listener: suspect.listener, netnsLabel: label };
  const quietSinceMs = findEnd(window, overflows.grew);
  const untilMs =
    suspect === undefined
      ? quietSinceMs
      : findEndUnlessFull(window, overflows.grew, findQueue(window, suspect.listener));
  return [
    {
      code: 'accept-queue-overflow',
      severity: 'critical',
      ...(suspect === undefined
        ? rateConfidence(window, 0.85, 'host-counter-only')
        : rateConfidence(window, 0.95, 'counter-and-level', 'listener-named')),
      subject,
      refused: overflows.growth,
      refusedPerSec: quietSinceMs === null ? overflows.perSec : 0,
      evidence: [
        ...overflowCounterEvidence(window, netns),
        ...(suspect === undefined
          ? []
          : [
              {
                metric: 'sk_ack_backlog',
                measure: 'level',
                value: suspect.peakQueue,
                limit: suspect.listener.backlog,
                source: 'kernel',
                subject,
              } as const,
            ]),
      ],
      against: [],
      sinceMs: overflows.grew.fromMs,
      untilMs,
      causedBy: null,
      fixes: suspect === undefined ? [{ id: 'find-listener' }] : fixesFor(window, suspect),
    },
  ];
}

/** Nothing to mend at a socket that has been closed since. */
function fixesFor(window: Window, { listener, present }: ListenerStats): Fix[] {
  if (!present) return [];
  const somaxconn = seriesOf(window, listener.netns, 'net.core.somaxconn')?.last ?? null;
  const capped = somaxconn !== null && listener.backlog !== null && listener.backlog >= somaxconn;
  const raisedCap = Math.max(4 * (somaxconn ?? 0), ...defaultOf(window, 'net.core.somaxconn'));
  return [
    { id: 'fix-accept-loop', listener },
    { id: 'raise-backlog', listener, somaxconn, somaxconnTo: capped ? raisedCap : null },
  ];
}

/** How full the queue is now. */
function findQueue(window: Window, { netns, address, port, inode }: Listener): CeilingStats | undefined {
  return window.ceilings.find(
    ({ scope }) =>
      scope.kind === 'listener' &&
      scope.listener.netns === netns &&
      scope.listener.address === address &&
      scope.listener.port === port &&
      scope.listener.inode === inode,
  );
}

/** The queue holds backlog + 1 before it refuses (strict > in tcp_conn_request). */
function wasOverfull(stats: ListenerStats): boolean {
  return (
    stats.peakQueue !== null && stats.listener.backlog !== null && stats.peakQueue > stats.listener.backlog
  );
}

function overflowCounterEvidence(window: Window, netns: Netns): Evidence[] {
  const growth = seriesOf(window, netns, 'TcpExt.ListenOverflows')?.growth ?? null;
  if (growth === null) return [];
  return [
    {
      metric: 'TcpExt.ListenOverflows',
      measure: 'growth',
      value: growth,
      limit: null,
      source: 'kernel',
      subject: { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null },
    },
  ];
}
