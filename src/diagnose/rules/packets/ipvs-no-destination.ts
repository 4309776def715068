import { NODE_WIDE } from '../../../records/index.js';
import type { MetricName, Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { refusingService } from '../../evidence/ipvs.js';
import type { AskedService } from '../../evidence/ipvs.js';
import { paceOf } from '../../evidence/pace.js';
import type { Evidence, Finding } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';

/** They decide what becomes of those who come again, and of connections to a server that is gone. */
const SETTINGS = [
  'net.ipv4.vs.conn_reuse_mode',
  'net.ipv4.vs.expire_nodest_conn',
] as const satisfies readonly MetricName[];

/**
 * IPVS has no server for a new connection: the service has none, all have weight 0, or all are at their upper threshold.
 * It drops the SYN and answers with ICMP port unreachable, once a second at most: few clients are told ECONNREFUSED, the
 * others time out. The drop has the same reason as a firewall rule's.
 */
export function ipvsNoDestination(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    if (netns === NODE_WIDE) return [];
    const service = refusingService(window, netns);
    return service === null ? findUnreachable(window, netns) : findDropped(window, netns, service);
  });
}

function findDropped(window: Window, netns: Netns, service: AskedService): Finding[] {
  const syns = 'probe.netfilter_drop_syn';
  const finding = findRefusals(window, netns, syns);
  if (finding === null) return [];
  const { subject } = finding;
  const level = (metric: Evidence['metric'], value: number): Evidence => ({
    metric,
    measure: 'level',
    value,
    limit: null,
    source: 'kernel',
    subject,
  });
  const isFull = service.servers > 0;
  return [
    {
      ...finding,
      ...rateConfidence(
        window,
        service.services > 1 ? 0.7 : 0.95,
        isFull ? 'servers-overloaded' : 'service-without-server',
        ...(service.services > 1 ? (['several-services-at-port'] as const) : []),
      ),
      evidence: [
        ...growthEvidence(window, netns, syns, subject),
        level('ip_vs.asked_port', service.port),
        level('ip_vs.asked_destinations', service.servers),
        ...(isFull ? [level('ip_vs.asked_overloaded', service.servers)] : []),
        ...SETTINGS.flatMap((metric) => {
          const value = seriesOf(window, netns, metric)?.last ?? null;
          return value === null ? [] : [level(metric, value)];
        }),
      ],
      fixes: [{ id: 'find-ipvs-servers', entry: netnsEntry(window, netns), overloaded: isFull }],
    },
  ];
}

/** Without the probes: answers by ICMP, while a service has no server. */
function findUnreachable(window: Window, netns: Netns): Finding[] {
  if ((seriesOf(window, netns, 'ip_vs.empty_services')?.last ?? 0) === 0) return [];
  // Where the probes see which SYNs are dropped, what they say counts.
  if (seriesOf(window, netns, 'probe.netfilter_drop_syn') !== undefined) return [];
  const finding = findRefusals(window, netns, 'Icmp.OutDestUnreachs');
  if (finding === null) return [];
  return [
    {
      ...finding,
      severity: 'warning',
      ...rateConfidence(window, 0.5, 'unreachable-and-empty-service'),
      evidence: [
        ...finding.evidence,
        {
          metric: 'ip_vs.empty_services',
          measure: 'level',
          value: seriesOf(window, netns, 'ip_vs.empty_services')?.last ?? null,
          limit: null,
          source: 'kernel',
          subject: finding.subject,
        },
      ],
      fixes: [{ id: 'find-ipvs-servers', entry: netnsEntry(window, netns), overloaded: false }],
    },
  ];
}

function findRefusals(window: Window, netns: Netns, counter: MetricName): Finding | null {
  const pace = paceOf(window, seriesOf(window, netns, counter));
  if (pace === 'rare') return null;
  const severity = pace === 'heavy' ? 'critical' : 'warning';
  return findingFromCounter(
    window,
    netns,
    counter,
    { code: 'ipvs-no-destination', severity, refuses: true },
    [],
  );
}
