import { NODE_WIDE } from '../../../records/index.js';
import { seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { paceOf } from '../../evidence/pace.js';

/** One packet in a thousand: fewer, and not one a second, are no loss that a connection feels. */
const FELT_SHARE = 0.001;
/** Where one packet in a hundred is lost, handshakes take seconds. */
const HEAVY_SHARE = 0.01;

/**
 * Packets dropped because a CPU's backlog held netdev_max_backlog already: those of tunnels, veth and RPS, never
 * those of a card that is polled directly (/proc/net/softnet_stat, second column).
 */
export function netdevBacklogDrop(window: Window): Finding[] {
  const drops = seriesOf(window, NODE_WIDE, 'softnet.dropped');
  const processed = seriesOf(window, NODE_WIDE, 'softnet.processed');
  const share = Math.max(
    shareOf(drops?.growth, processed?.growth),
    // A burst in a long window shows in its busiest minutes.
    shareOf(drops?.busiestMinute, processed?.busiestMinute),
  );
  const pace = paceOf(window, drops);
  if (pace === 'rare' || (pace === 'steady' && share < FELT_SHARE)) return [];
  const heavy = share >= HEAVY_SHARE && pace === 'heavy';
  const finding = findingFromCounter(
    window,
    NODE_WIDE,
    'softnet.dropped',
    { code: 'netdev-backlog-drop', severity: heavy ? 'critical' : 'warning', refuses: true },
    [],
  );
  if (finding === null) return [];
  const metric = 'net.core.netdev_max_backlog';
  const limits = seriesOf(window, NODE_WIDE, metric);
  const limit = limits?.last ?? null;
  return [
    {
      ...finding,
      evidence: [
        ...finding.evidence,
        // The lowest: it may have been raised since.
        {
          metric,
          measure: 'level',
          value: limits?.min ?? null,
          limit: null,
          source: 'kernel',
          subject: finding.subject,
        } as const,
      ],
      fixes:
        limit === null || (finding.untilMs !== null && limit > (limits?.min ?? limit))
          ? []
          : [{ id: 'raise-netdev-backlog', from: limit, to: Math.max(1000, limit * 4) }],
    },
  ];
}

function shareOf(dropped: number | null | undefined, processed: number | null | undefined): number {
  return (dropped ?? 0) / Math.max(1, (dropped ?? 0) + (processed ?? 0));
}
