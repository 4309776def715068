import { NODE_WIDE } from '../../../records/index.js';
import type { MetricName, Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { SeriesStats, Window } from '../../../model/index.js';
import type { Evidence, Finding, Severity, Subject } from '../../finding.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { enableSyncookies } from '../../fixes/listeners.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { paceOf } from '../../evidence/pace.js';
import { findEnd } from '../../evidence/since.js';

const LIMITS = ['net.ipv4.tcp_syncookies', 'net.core.somaxconn'] as const;
/** With `tcp_syncookies` 2 every SYN is answered by a cookie: as many as were accepted, or nearly. */
const EVERY_SYN_SHARE = 0.9;

/**
 * A listener's SYN queue is full (kernel.md section 5, steps 1 and 3). With tcp_syncookies 1 the SYN is answered by a
 * cookie (TCPReqQFullDoCookies) and nothing is lost but the options that a cookie cannot hold. With 0 it is dropped:
 * beyond three quarters of tcp_max_syn_backlog it counts in ListenDrops alone, beyond the backlog also as
 * TCPReqQFullDrop. With 2 every SYN of a healthy host counts as a cookie, which says nothing of the queue.
 */
export function synQueueOverflow(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    if (netns === NODE_WIDE) return [];
    const cookies = seriesOf(window, netns, 'net.ipv4.tcp_syncookies');
    return (
      findUncounted(window, netns, cookies) ?? findDrops(window, netns) ?? findCookies(window, netns, cookies)
    );
  });
}

/** SYNs that are lost with cookies off, at three quarters of tcp_max_syn_backlog: ListenDrops that nothing else explains. */
function findUncounted(window: Window, netns: Netns, cookies: SeriesStats | undefined): Finding[] | null {
  if (cookies?.min !== 0) return null;
  const drops = seriesOf(window, netns, 'TcpExt.ListenDrops');
  const overflows = seriesOf(window, netns, 'TcpExt.ListenOverflows');
  if (drops?.growth == null || drops.grew === null || overflows?.growth == null) return null;
  const lost = drops.growth - overflows.growth;
  const pace = paceOf(window, drops, lost);
  if (pace === 'rare') return null;
  const subject: Subject = { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null };
  const untilMs = findEnd(window, drops.grew);
  const full = seriesOf(window, netns, 'TcpExt.TCPReqQFullDrop')?.growth ?? 0;
  const { perSec } = drops;
  return [
    {
      code: 'syn-queue-overflow',
      severity: severityOf(window, drops, lost),
      ...rateConfidence(window, full > 0 ? 0.95 : 0.85, 'listen-drops-without-cookies'),
      subject,
      refused: lost,
      refusedPerSec: untilMs === null ? (perSec === null ? null : perSec - (overflows.perSec ?? 0)) : 0,
      evidence: [
        ...growthEvidence(window, netns, 'TcpExt.ListenDrops', subject),
        ...(full > 0 ? growthEvidence(window, netns, 'TcpExt.TCPReqQFullDrop', subject) : []),
        ...['net.ipv4.tcp_syncookies' as const, 'net.ipv4.tcp_max_syn_backlog' as const].flatMap((metric) =>
          levelEvidence(window, netns, metric, subject),
        ),
      ],
      against: overflows.growth > 0 ? growthEvidence(window, netns, 'TcpExt.ListenOverflows', subject) : [],
      sinceMs: drops.grew.fromMs,
      untilMs,
      causedBy: null,
      fixes: enableSyncookies(window, netns),
    },
  ];
}

function findDrops(window: Window, netns: Netns): Finding[] | null {
  const series = seriesOf(window, netns, 'TcpExt.TCPReqQFullDrop');
  const severity = severityOf(window, series, series?.growth ?? 0);
  const dropped = findingFromCounter(
    window,
    netns,
    'TcpExt.TCPReqQFullDrop',
    { code: 'syn-queue-overflow', severity, refuses: true },
    LIMITS,
  );
  return dropped === null ? null : [{ ...dropped, fixes: enableSyncookies(window, netns) }];
}

function findCookies(window: Window, netns: Netns, cookies: SeriesStats | undefined): Finding[] {
  const answered = seriesOf(window, netns, 'TcpExt.TCPReqQFullDoCookies');
  if (paceOf(window, answered) === 'rare' || answersEverySyn(window, netns, answered, cookies)) return [];
  const finding = findingFromCounter(
    window,
    netns,
    'TcpExt.TCPReqQFullDoCookies',
    { code: 'syn-queue-overflow', severity: 'warning', refuses: false },
    LIMITS,
  );
  if (finding === null) return [];
  // Where the sysctl cannot be read it may be 2.
  const isKnown = cookies?.last != null;
  return [isKnown ? finding : { ...finding, ...rateConfidence(window, 0.7, 'counter-alone') }];
}

/** It is 2, or was in the window; or it cannot be read, and there are as many cookies as connections. */
function answersEverySyn(
  window: Window,
  netns: Netns,
  answered: SeriesStats | undefined,
  cookies: SeriesStats | undefined,
): boolean {
  if (cookies?.max != null) return cookies.max === 2;
  const accepted = seriesOf(window, netns, 'Tcp.PassiveOpens')?.growth ?? 0;
  const count = answered?.growth ?? 0;
  return accepted >= count * EVERY_SYN_SHARE && count >= accepted * EVERY_SYN_SHARE;
}

/** A few lost in an hour, among many that got in, cost their clients a second. */
function severityOf(window: Window, series: SeriesStats | undefined, lost: number): Severity {
  return paceOf(window, series, lost) === 'rare' ? 'warning' : 'critical';
}

function levelEvidence(window: Window, netns: Netns, metric: MetricName, subject: Subject): Evidence[] {
  const series = seriesOf(window, netns, metric);
  if (series === undefined) return [];
  return [{ metric, measure: 'level', value: series.last, limit: null, source: 'kernel', subject }];
}
