import { NODE_WIDE } from '../../../records/index.js';
import type { Listener, Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { CeilingStats, ListenerStats, SeriesStats, Window } from '../../../model/index.js';
import type { ConfidenceReason, Evidence, Finding, Fix, Severity, Subject } from '../../finding.js';
import { nearShare } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';
import { rateConfidence, rateProbeConfidence } from '../../evidence/confidence.js';
import { paceOf } from '../../evidence/pace.js';
import { findListener, relieveAcceptQueue } from '../../fixes/listeners.js';
import { findEnd, findEndUnlessFull } from '../../evidence/since.js';

/** Of the connections that came, so few refused are no trouble by themselves. */
const PASSING_SHARE = 0.01;
/** Connections that stand beside those in the queue. */
const FEWEST_HELD = 10;
/** A number that moves by less stands still. */
const STEADY_SHARE = 0.01;
/** A shorter queue is nearly full as soon as a few wait: it counts when it is full. */
const LEAST_BACKLOG = 10;

/**
 * Connections refused because accept(2) does not keep up: the queue of a listener held more than its
 * backlog (kernel.md section 5). ListenDrops alone proves nothing; ListenOverflows does, and the probes
 * or the listener's own queue say whose.
 */
export function acceptQueueOverflow(window: Window, thresholds: Thresholds): Finding[] {
  const overflowing = window.listeners.filter((listener) => (listener.overflowGrowth ?? 0) > 0);
  const blamed = new Set(overflowing.map((listenerStats) => listenerStats.listener.netns));
  const unnamed = namespacesOf(window).filter((netns) => netns !== NODE_WIDE && !blamed.has(netns));
  const grown = [
    ...overflowing.map((listenerStats) => findAtListener(window, listenerStats, overflowing)),
    ...unnamed.flatMap((netns) => findInNamespace(window, netns)),
  ];
  const named = new Set(
    grown.flatMap(({ subject }) => (subject.kind === 'listener' ? [subject.listener] : [])),
  );
  return [
    ...grown,
    ...window.listeners.flatMap((stats) =>
      named.has(stats.listener) ? [] : findByLevel(window, thresholds, stats),
    ),
  ];
}

/**
 * Nothing was refused in the window, but the queue is full: the next SYN is (a server that hangs, whose clients wait
 * long before they try again). Near its end it is a warning, at two looks: a burst fills it for a moment.
 */
function findByLevel(window: Window, thresholds: Thresholds, stats: ListenerStats): Finding[] {
  const { listener, overfullSinceMs, lowestQueue, present } = stats;
  const { acceptQueue, backlog } = listener;
  if (!present || acceptQueue === null || backlog === null) return [];
  const held = heldEvidence(window, stats);
  const isFull = overfullSinceMs !== null && lowestQueue !== null && lowestQueue > backlog;
  const isNear =
    lowestQueue !== null &&
    backlog >= LEAST_BACKLOG &&
    lowestQueue >= nearShare(thresholds, 'accept-queue') * backlog;
  if (overfullSinceMs === null && !isNear) return [];
  const subject: Subject = {
    kind: 'listener',
    listener,
    netnsLabel: window.last.netnsLabels.get(listener.netns) ?? null,
  };
  return [
    {
      code: 'accept-queue-overflow',
      severity: isFull ? 'critical' : 'warning',
      ...rateConfidence(window, isFull ? 0.95 : 0.85, 'level-alone', 'listener-named', ...reasonsOf(held)),
      subject,
      refused: 0,
      refusedPerSec: 0,
      evidence: [
        {
          metric: 'sk_ack_backlog',
          measure: 'level',
          value: acceptQueue,
          limit: backlog,
          source: 'kernel',
          subject,
        },
        ...held,
      ],
      against: overflowCounterEvidence(window, listener.netns),
      sinceMs: overfullSinceMs ?? findQueue(window, listener)?.highSinceMs ?? window.toMs,
      untilMs: null,
      causedBy: null,
      fixes: fixesFor(window, stats),
    },
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
  const held = heldEvidence(window, stats);
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
    ...held,
  ];
  return {
    code: 'accept-queue-overflow',
    severity: severityOf(window, counter, overflowGrowth ?? 0, stats),
    ...rateProbeConfidence(
      window,
      probed,
      counter?.growth ?? null,
      counter?.peakPerSec ?? 0,
      'listener-named',
      ...reasonsOf(held),
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
  const held = suspect === undefined ? [] : heldEvidence(window, suspect);
  const quietSinceMs = findEnd(window, overflows.grew);
  const untilMs =
    suspect === undefined
      ? quietSinceMs
      : findEndUnlessFull(window, overflows.grew, findQueue(window, suspect.listener));
  return [
    {
      code: 'accept-queue-overflow',
      severity: severityOf(window, overflows, overflows.growth, suspect),
      ...(suspect === undefined
        ? rateConfidence(window, 0.85, 'host-counter-only')
        : rateConfidence(window, 0.95, 'counter-and-level', 'listener-named', ...reasonsOf(held))),
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
        ...held,
      ],
      against: [],
      sinceMs: overflows.grew.fromMs,
      untilMs,
      causedBy: null,
      fixes: suspect === undefined ? [findListener(window, netns)] : fixesFor(window, suspect),
    },
  ];
}

/**
 * The connections that stand, where they are as many all the time while the queue stays full: the server has reached a
 * limit of its own and leaves new clients in the queue, or it hangs. Nothing where others come and go beside it.
 */
function heldEvidence(window: Window, { listener, overfullSinceMs }: ListenerStats): Evidence[] {
  const { netns } = listener;
  const series = seriesOf(window, netns, 'Tcp.CurrEstab');
  if (overfullSinceMs === null || series?.last == null) return [];
  if (window.toMs - overfullSinceMs < (window.toMs - window.fromMs) / 2) return [];
  const moved = (series.max ?? 0) - (series.min ?? 0);
  // Those in the queue are established as well.
  const held = series.last - (listener.acceptQueue ?? 0);
  if (held < FEWEST_HELD || moved > STEADY_SHARE * series.last) return [];
  const label = window.last.netnsLabels.get(netns) ?? null;
  const subject: Subject = { kind: 'netns', netns, label };
  return [
    { metric: 'Tcp.CurrEstab', measure: 'level', value: series.last, limit: null, source: 'kernel', subject },
  ];
}

function reasonsOf(held: readonly Evidence[]): ConfidenceReason[] {
  return held.length > 0 ? ['holds-and-takes-no-more'] : [];
}

/** A few in a burst, among many that were accepted, cost their clients a second: no stall. */
function severityOf(
  window: Window,
  counter: SeriesStats | undefined,
  refused: number,
  stats: ListenerStats | undefined,
): Severity {
  const accepted = counter === undefined ? null : acceptedIn(window, counter.netns);
  const share = accepted === null ? 1 : refused / Math.max(1, refused + accepted);
  const standsFull = stats?.overfullSinceMs != null;
  const isPassing = share < PASSING_SHARE && paceOf(window, counter, refused) === 'rare';
  return isPassing && !standsFull ? 'warning' : 'critical';
}

function acceptedIn(window: Window, netns: Netns): number | null {
  return seriesOf(window, netns, 'Tcp.PassiveOpens')?.growth ?? null;
}

/** Nothing to fix at a socket that has been closed since. */
function fixesFor(window: Window, { listener, present }: ListenerStats): Fix[] {
  return present ? relieveAcceptQueue(window, listener) : [];
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
