import { NODE_WIDE } from '../../../records/index.js';
import { seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';

/** A handful at the start of a burst is no loss that a connection feels. */
const FEWEST = 10;
/** Where one packet in a hundred is lost, handshakes take seconds. */
const HEAVY_SHARE = 0.01;

/**
 * Packets dropped because a CPU's backlog held netdev_max_backlog already: those of tunnels, veth and RPS, never
 * those of a card that is polled directly (/proc/net/softnet_stat, second column).
 */
export function netdevBacklogDrop(window: Window): Finding[] {
  const dropped = seriesOf(window, NODE_WIDE, 'softnet.dropped')?.growth ?? 0;
  const processed = seriesOf(window, NODE_WIDE, 'softnet.processed')?.growth ?? 0;
  const heavy = dropped / Math.max(1, dropped + processed) >= HEAVY_SHARE;
  const finding = findingFromCounter(
    window,
    NODE_WIDE,
    'softnet.dropped',
    { code: 'netdev-backlog-drop', severity: heavy ? 'critical' : 'warning', refuses: true },
    [],
  );
  if (finding === null || dropped < FEWEST) return [];
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
