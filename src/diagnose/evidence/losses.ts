import { namespacesOf, seriesOf } from '../../model/index.js';
import type { SeriesStats, Window } from '../../model/index.js';
import type { MetricName, Netns } from '../../records/index.js';
import type { Finding, FindingCode } from '../finding.js';
import type { LossKind } from '../fixes/fix.js';
import { paceOf, pacePerSec } from './pace.js';

/** Connections of one namespace that were lost or refused, less what other findings account for. */
export interface Loss {
  readonly kind: LossKind;
  readonly count: number;
  /** The counter that tells of it. */
  readonly series: SeriesStats;
  /** Counters beside it: its errnos, what it is a share of. */
  readonly beside: readonly MetricName[];
}

/** One kind of loss: which counter tells of it, what to take off, and from where on it is no background. */
interface LossRule {
  readonly kind: LossKind;
  readonly counter: MetricName;
  /** Parts of the counter that have a name of their own, or mean no loss. */
  readonly less: readonly MetricName[];
  /** Findings of the namespace or the host that account for all of it. */
  readonly explainedBy: readonly FindingCode[];
  /** Counters whose sum is what was attempted, the losses among them or not. */
  readonly attempts: readonly MetricName[];
  /** Least share of the attempts that is no background; where no attempt is known the pace alone decides. */
  readonly share: number;
  /** Least pace, in the busiest minute. */
  readonly perSec: number;
  readonly beside: readonly MetricName[];
}

/** What loses packets of any connection, SYNs among them. */
const LOSES_SYNS: readonly FindingCode[] = [
  'conntrack-table-full',
  'conntrack-insert-failed',
  'conntrack-buckets-undersized',
  'nat-ports-exhausted',
  'accept-queue-overflow',
  'syn-queue-overflow',
  'firewall-drop',
  'firewall-limit',
  'ipvs-no-destination',
  'neighbour-table-overflow',
  'netdev-backlog-drop',
  'cloud-conntrack-allowance',
  'cloud-network-allowance',
  'tcp-memory',
  'reverse-path-filter',
  'paws-reject',
  'nfqueue-drop',
  'tc-drop',
  'xdp-drop',
];

/** A port that fewer of the dropped SYNs ask for is one of many that a scanner tries. */
const SCAN_SHARE = 0.3;

/**
 * Thresholds: every busy host resends a few SYNs in a hundred on a bad line, is scanned, and refuses for seconds when
 * a service restarts; none of these is a loss without a cause. What only a fault produces (a failing accept, drops at
 * a listener) needs a pace and one attempt in a hundred.
 */
const LOSS_RULES: readonly LossRule[] = [
  {
    kind: 'accept-failed',
    counter: 'probe.accept_failed',
    less: ['probe.accept_emfile', 'probe.accept_enfile'],
    explainedBy: [],
    attempts: ['Tcp.PassiveOpens'],
    share: 0.01,
    perSec: 0.1,
    beside: [
      'probe.accept_enomem',
      'probe.accept_enobufs',
      'probe.accept_eperm',
      'probe.accept_econnaborted',
      'Tcp.PassiveOpens',
    ],
  },
  {
    kind: 'listen-drops',
    counter: 'TcpExt.ListenDrops',
    // Both count as ListenDrops too (kernel.md section 5).
    less: ['TcpExt.ListenOverflows', 'TcpExt.TCPReqQFullDrop'],
    explainedBy: ['syn-queue-overflow', 'neighbour-table-overflow', 'tcp-memory'],
    attempts: ['Tcp.PassiveOpens'],
    share: 0.01,
    perSec: 0.1,
    beside: ['Tcp.PassiveOpens'],
  },
  {
    kind: 'conntrack-drops',
    counter: 'nf_conntrack.drop',
    less: ['nf_conntrack.insert_failed'],
    explainedBy: [
      'conntrack-table-full',
      'conntrack-insert-failed',
      'conntrack-buckets-undersized',
      'nat-ports-exhausted',
    ],
    attempts: ['probe.insert'],
    share: 0.01,
    perSec: 1,
    beside: ['nf_conntrack.invalid'],
  },
  {
    kind: 'connect-failed',
    counter: 'probe.connect_failed',
    // A name service that is not there, and an address family without a route, fail all day on healthy hosts.
    less: ['probe.connect_eaddrnotavail', 'probe.connect_enoent', 'probe.connect_enetunreach'],
    explainedBy: ['conntrack-table-full', 'firewall-drop', 'firewall-limit', 'neighbour-table-overflow'],
    attempts: ['Tcp.ActiveOpens'],
    share: 0.3,
    perSec: 10,
    beside: [
      'probe.connect_econnrefused',
      'probe.connect_etimedout',
      'probe.connect_ehostunreach',
      'probe.connect_eperm',
      'Tcp.ActiveOpens',
    ],
  },
  {
    kind: 'bind-failed',
    counter: 'probe.bind_failed',
    // For want of any port: that is a finding of its own.
    less: ['probe.bind_no_port'],
    explainedBy: [],
    attempts: ['Tcp.ActiveOpens'],
    share: 0.3,
    // A supervisor that starts a server whose port is taken tries a few times a second.
    perSec: 10,
    beside: ['probe.bind_eaddrinuse', 'probe.bind_eaddrnotavail', 'probe.bind_eacces', 'Tcp.ActiveOpens'],
  },
  {
    kind: 'netfilter-syns',
    counter: 'probe.netfilter_drop_syn',
    less: ['nf_conntrack.drop'],
    explainedBy: [
      'firewall-drop',
      'firewall-limit',
      'ipvs-no-destination',
      'conntrack-table-full',
      'nat-ports-exhausted',
      'conntrack-insert-failed',
    ],
    attempts: ['Tcp.PassiveOpens'],
    share: 0.5,
    perSec: 20,
    beside: ['Tcp.PassiveOpens'],
  },
  {
    kind: 'handshakes-failed',
    counter: 'Tcp.AttemptFails',
    // A connect() that a closed port refuses counts here too, and was answered.
    less: ['Tcp.ActiveOpens'],
    explainedBy: [...LOSES_SYNS, 'ephemeral-ports-exhausted'],
    attempts: ['Tcp.PassiveOpens'],
    share: 0.3,
    perSec: 10,
    beside: ['Tcp.ActiveOpens', 'Tcp.PassiveOpens'],
  },
  {
    kind: 'syns-resent',
    counter: 'TcpExt.TCPSynRetrans',
    less: [],
    explainedBy: LOSES_SYNS,
    attempts: ['Tcp.ActiveOpens', 'Tcp.PassiveOpens'],
    share: 0.3,
    perSec: 5,
    beside: ['Tcp.ActiveOpens', 'Tcp.PassiveOpens'],
  },
  {
    kind: 'resets',
    counter: 'Tcp.EstabResets',
    less: [],
    explainedBy: [...LOSES_SYNS, 'application-limit', 'orphan-limit', 'process-fd-limit', 'task-limit'],
    attempts: ['Tcp.PassiveOpens'],
    share: 0.8,
    perSec: 20,
    beside: ['Tcp.PassiveOpens', 'TcpExt.TCPOrigDataSent'],
  },
];

/** What was lost in a namespace and no finding accounts for, in the order of how surely it is a loss. */
export function findLosses(
  window: Window,
  netns: Netns,
  findings: readonly Finding[],
  ofAllNamespaces: readonly Finding[],
): Loss[] {
  // A client here resends the SYNs that a server of another namespace drops.
  const anywhere = new Set(ofAllNamespaces.map((finding) => finding.code));
  const codes = new Set(findings.map((finding) => finding.code));
  return LOSS_RULES.flatMap((rule): Loss[] => {
    const series = seriesOf(window, netns, rule.counter);
    if (series?.growth == null || series.growth === 0) return [];
    const explained = rule.kind === 'syns-resent' ? anywhere : codes;
    if (rule.explainedBy.some((code) => explained.has(code))) return [];
    if (rule.kind === 'resets' && isServed(window, netns)) return [];
    if (rule.kind === 'netfilter-syns' && isScan(window, netns)) return [];
    const scanned = rule.kind === 'syns-resent' ? scannedElsewhere(window, netns) : 0;
    const count = series.growth - sumOfGrowth(window, netns, rule.less) - scanned;
    if (paceOf(window, series, count) === 'rare' || pacePerSec(window, series, count) < rule.perSec)
      return [];
    const attempts = sumOfGrowth(window, netns, rule.attempts);
    if (attempts > 0 && count < rule.share * attempts) return [];
    const beside = rule.beside.filter((metric) => seriesOf(window, netns, metric)?.growth != null);
    return [{ kind: rule.kind, count, series, beside }];
  });
}

/**
 * SYNs for ever other ports: what a firewall is for. Where the port is not told, or only once, it is not ruled out
 * either; of a few samples none of which is like another, it is the likelier.
 */
function isScan(window: Window, netns: Netns): boolean {
  const dropped = window.droppedPorts.get(netns);
  if (dropped === undefined) return false;
  const { share, samples } = dropped;
  return share < SCAN_SHARE || (samples > 1 && Math.round(share * samples) === 1);
}

/** SYNs of scans that other namespaces of this host drop: the scanner, if it runs here, resends them. */
function scannedElsewhere(window: Window, netns: Netns): number {
  return namespacesOf(window)
    .filter((other) => other !== netns && isScan(window, other))
    .reduce((sum, other) => sum + sumOfGrowth(window, other, ['probe.netfilter_drop_syn']), 0);
}

/** Clients that were sent data were served, however they end the connection. */
function isServed(window: Window, netns: Netns): boolean {
  const sent = seriesOf(window, netns, 'TcpExt.TCPOrigDataSent')?.growth ?? null;
  const accepted = seriesOf(window, netns, 'Tcp.PassiveOpens')?.growth ?? null;
  return accepted === null || (sent !== null && sent > accepted);
}

function sumOfGrowth(window: Window, netns: Netns, metrics: readonly MetricName[]): number {
  return metrics.reduce((sum, metric) => sum + (seriesOf(window, netns, metric)?.growth ?? 0), 0);
}
