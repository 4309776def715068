import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';

/**
 * A listener's SYN queue is full (kernel.md section 5, step 1): with syncookies off the SYN is dropped
 * (TCPReqQFullDrop), with them on it is answered by a cookie (TCPReqQFullDoCookies) and nothing is lost but
 * the options that a cookie cannot hold.
 */
export function synQueueOverflow(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    const cookies = seriesOf(window, netns, 'net.ipv4.tcp_syncookies')?.last ?? null;
    const dropped = findingFromCounter(
      window,
      netns,
      'TcpExt.TCPReqQFullDrop',
      { code: 'syn-queue-overflow', severity: 'critical', refuses: true },
      ['net.ipv4.tcp_syncookies', 'net.core.somaxconn'],
    );
    if (dropped !== null)
      return [{ ...dropped, fixes: cookies === 0 ? [{ id: 'enable-syncookies' } as const] : [] }];
    const cookied = findingFromCounter(
      window,
      netns,
      'TcpExt.TCPReqQFullDoCookies',
      { code: 'syn-queue-overflow', severity: 'warning', refuses: false },
      ['net.ipv4.tcp_syncookies', 'net.core.somaxconn'],
    );
    return cookied === null ? [] : [cookied];
  });
}
