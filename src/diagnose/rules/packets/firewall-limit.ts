import { NODE_WIDE } from '../../../records/index.js';
import type { Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { limitingCounter } from '../../evidence/limiting-rules.js';
import { paceOf } from '../../evidence/pace.js';
import type { Finding } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';

/**
 * A rule of the firewall refuses new connections above a number or a rate (ct count, connlimit, limit, hashlimit,
 * recent): the rule's own counter rises as the SYNs are dropped. A limit that somebody set, and not a service that is
 * blocked.
 */
export function firewallLimit(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => (netns === NODE_WIDE ? [] : findInNamespace(window, netns)));
}

function findInNamespace(window: Window, netns: Netns): Finding[] {
  const counter = limitingCounter(window, netns);
  if (counter === null) return [];
  const syns = seriesOf(window, netns, 'probe.netfilter_drop_syn');
  const own = seriesOf(window, netns, 'probe.netfilter_drop_syn_own');
  const dropped = (own?.growth ?? 0) > (syns?.growth ?? 0) ? own : syns;
  const pace = paceOf(window, dropped);
  if (dropped === undefined || pace === 'rare') return [];
  const isOfConnections = counter === 'rules.connection_limit_packets';
  const finding = findingFromCounter(
    window,
    netns,
    dropped.name,
    { code: 'firewall-limit', severity: pace === 'heavy' ? 'critical' : 'warning', refuses: true },
    isOfConnections ? ['rules.connection_limit'] : [],
  );
  if (finding === null) return [];
  const [seen, ...levels] = finding.evidence;
  return [
    {
      ...finding,
      ...rateConfidence(window, 0.9, 'rule-counts-the-drops'),
      evidence: [
        ...(seen === undefined ? [] : [{ ...seen, source: 'bpftrace' } as const]),
        ...growthEvidence(window, netns, counter, finding.subject),
        ...levels,
      ],
      fixes: [{ id: 'find-limiting-rule', entry: netnsEntry(window, netns) }],
    },
  ];
}
