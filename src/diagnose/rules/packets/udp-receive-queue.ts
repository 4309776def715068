import { NODE_WIDE } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { paceOf } from '../../evidence/pace.js';

/** Where one datagram in a hundred is lost, QUIC handshakes and DNS answers take seconds. */
const HEAVY_SHARE = 0.01;
/** Fewer are what a burst costs anybody. */
const FELT_SHARE = 0.001;

/**
 * Datagrams dropped because the receive buffer of their socket was full (Udp.RcvbufErrors): the process does not read
 * as fast as they come. Brokers over QUIC and DNS servers meet it.
 */
export function udpReceiveQueue(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    if (netns === NODE_WIDE) return [];
    const dropped = seriesOf(window, netns, 'Udp.RcvbufErrors');
    const delivered = seriesOf(window, netns, 'Udp.InDatagrams');
    const pace = paceOf(window, dropped);
    const share = Math.max(
      shareOf(dropped?.growth, delivered?.growth),
      shareOf(dropped?.busiestMinute, delivered?.busiestMinute),
    );
    if (pace === 'rare' || share < FELT_SHARE) return [];
    const finding = findingFromCounter(
      window,
      netns,
      'Udp.RcvbufErrors',
      {
        code: 'udp-receive-queue',
        severity: pace === 'heavy' && share >= HEAVY_SHARE ? 'critical' : 'warning',
        refuses: true,
      },
      [],
    );
    if (finding === null) return [];
    return [
      {
        ...finding,
        evidence: [...finding.evidence, ...growthEvidence(window, netns, 'Udp.InDatagrams', finding.subject)],
        fixes: [{ id: 'find-udp-queue', entry: netnsEntry(window, netns) }],
      },
    ];
  });
}

function shareOf(dropped: number | null | undefined, delivered: number | null | undefined): number {
  return (dropped ?? 0) / Math.max(1, (dropped ?? 0) + (delivered ?? 0));
}
