import { NODE_WIDE } from '../../../records/index.js';
import type { MetricName, Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { SeriesStats, Window } from '../../../model/index.js';
import type { ConfidenceReason, Evidence, Finding, Severity, Subject } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';
import { rateConfidence, SAMPLED_APART_SEC } from '../../evidence/confidence.js';
import { refusingService } from '../../evidence/ipvs.js';
import { limitingCounter } from '../../evidence/limiting-rules.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { paceOf } from '../../evidence/pace.js';
import { findEnd } from '../../evidence/since.js';

/** A firewall drops what scanners send all day: fewer are no stall. */
const FEWEST = 10;
/** So many times what is accepted here: the rule blocks a service, and not a few that are banned. */
const OUTNUMBERS = 2;
/** SYNs a second for one port without a listener here: it is forwarded, or only probed. */
const STEADY_PER_SEC = 1;
/** Of the samples of ports: scanners ask for others in between. */
const MOST = 0.5;
/** The same for a port without a listener here. */
const ALMOST_ALL = 0.8;
/** A single look at the last port says nothing of those before it. */
const FEWEST_SAMPLES = 3;
/** Packets/s other than SYNs above which drops are not background noise. */
const MANY_PER_SEC = 20;

interface Dropped {
  readonly severity: Severity;
  readonly count: number;
  readonly series: SeriesStats;
  readonly confidence: number;
  readonly reason: ConfidenceReason;
  readonly port: number | null;
}

/**
 * A rule of the firewall drops new connections. The kernel frees such a packet with the same reason as one that
 * conntrack refused (NETFILTER_DROP), so conntrack's own drops are taken off (kernel.md section 2), and packets that
 * it calls invalid: a rule that drops those is no obstacle to a connection.
 */
export function firewallDrop(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns): Finding[] => {
    if (netns === NODE_WIDE) return [];
    const dropped = classifyDrops(window, netns);
    if (dropped?.series.grew == null) return [];
    if (dropped.reason !== 'no-syns' && limitingCounter(window, netns) !== null) return [];
    // IPVS drops a SYN that it has no server for with the same reason.
    if (dropped.port !== null && refusingService(window, netns)?.port === dropped.port) return [];
    const subject: Subject = { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null };
    const grew = (metric: MetricName): Evidence[] => growthEvidence(window, netns, metric, subject);
    const positive = (metric: MetricName): Evidence[] =>
      grew(metric).filter((evidence) => (evidence.value ?? 0) > 0);
    const untilMs = findEnd(window, dropped.series.grew);
    const { port } = dropped;
    return [
      {
        code: 'firewall-drop',
        severity: dropped.severity,
        ...rateConfidence(window, dropped.confidence, dropped.reason),
        subject,
        refused: dropped.count,
        refusedPerSec: untilMs === null ? dropped.series.perSec : 0,
        evidence: [
          ...positive('probe.netfilter_drop_syn'),
          ...positive('probe.netfilter_drop_syn_own'),
          ...(port === null
            ? []
            : [
                {
                  metric: 'probe.netfilter_drop_port',
                  measure: 'level',
                  value: port,
                  limit: null,
                  source: 'bpftrace',
                  subject,
                } as const,
              ]),
          ...grew('probe.netfilter_drop'),
          ...grew('nf_conntrack.drop').filter((evidence) => evidence.value === 0),
        ],
        against: [...positive('nf_conntrack.drop'), ...positive('nf_conntrack.invalid')],
        sinceMs: dropped.series.grew.fromMs,
        untilMs,
        causedBy: null,
        fixes: [{ id: 'find-firewall-rule', entry: netnsEntry(window, netns), port }],
      },
    ];
  });
}

function classifyDrops(window: Window, netns: Netns): Dropped | null {
  const series = (name: MetricName): SeriesStats | undefined => seriesOf(window, netns, name);
  const all = series('probe.netfilter_drop');
  const arrived = series('probe.netfilter_drop_syn');
  const own = series('probe.netfilter_drop_syn_own');
  const asked = window.droppedPorts.get(netns);
  const port = asked?.port ?? null;
  const byConntrack = countConntrackDrops(window, netns);

  const ownSyns = (own?.growth ?? 0) - byConntrack;
  const ownPace = paceOf(window, own, ownSyns);
  if (own !== undefined && ownPace !== 'rare')
    return {
      severity: ownPace === 'heavy' ? 'critical' : 'warning',
      count: ownSyns,
      series: own,
      confidence: 0.9,
      reason: 'own-syns-dropped',
      port,
    };
  const syns = (arrived?.growth ?? 0) - byConntrack;
  if (arrived !== undefined && syns >= FEWEST) {
    const listened =
      asked !== undefined &&
      asked.share >= MOST &&
      window.listeners.some(
        (listener) => listener.listener.netns === netns && listener.listener.port === asked.port,
      );
    const count = syns;
    const pace = paceOf(window, arrived, syns);
    // Who is banned by a rule asks again and again, at no pace.
    const accepted = series('Tcp.PassiveOpens')?.growth ?? 0;
    if (listened && (pace === 'heavy' || (pace === 'steady' && syns >= OUTNUMBERS * accepted)))
      return {
        severity: pace === 'heavy' ? 'critical' : 'warning',
        count,
        series: arrived,
        confidence: 0.95,
        reason: 'syns-to-listener',
        port,
      };
    const onePort = asked !== undefined && asked.samples >= FEWEST_SAMPLES && asked.share >= ALMOST_ALL;
    if (onePort && ratePerSec(window, arrived, syns) >= STEADY_PER_SEC)
      return {
        severity: 'warning',
        count,
        series: arrived,
        confidence: 0.8,
        reason: 'syns-to-one-port',
        port,
      };
  }
  const invalid = series('nf_conntrack.invalid')?.growth ?? 0;
  const others = (all?.growth ?? 0) - (arrived?.growth ?? 0) - (own?.growth ?? 0) - byConntrack - invalid;
  if (all !== undefined && others >= FEWEST && ratePerSec(window, all, others) >= MANY_PER_SEC)
    return {
      severity: 'warning',
      count: others,
      series: all,
      confidence: 0.7,
      reason: 'no-syns',
      port: null,
    };
  return null;
}

/** What conntrack dropped itself, plus what it may drop between the two samples. */
function countConntrackDrops(window: Window, netns: Netns): number {
  const grown = (name: MetricName): number => seriesOf(window, netns, name)?.growth ?? 0;
  const peak = (name: MetricName): number => seriesOf(window, netns, name)?.peakPerSec ?? 0;
  const drops = Math.max(
    grown('nf_conntrack.drop') + grown('nf_conntrack.chaintoolong'),
    grown('probe.table_full') + grown('probe.insert_failed'),
  );
  if (drops === 0) return 0;
  const apart = SAMPLED_APART_SEC * Math.max(peak('nf_conntrack.drop'), peak('probe.table_full'));
  return drops + Math.max(FEWEST, 0.1 * drops, apart);
}

function ratePerSec(window: Window, series: SeriesStats, count: number): number {
  const ms = series.grew === null ? 0 : series.grew.toMs - series.grew.fromMs;
  return (1000 * count) / (ms + window.header.intervalMs);
}
