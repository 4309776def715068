import { namespacesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';

/**
 * Sockets closed without their TIME_WAIT because there are tcp_max_tw_buckets of them already. It refuses no
 * connection (kernel.md section 5): worth knowing, never the cause of a stall.
 */
export function timeWaitOverflow(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    const finding = findingFromCounter(
      window,
      netns,
      'TcpExt.TCPTimeWaitOverflow',
      { code: 'time-wait-overflow', severity: 'warning', refuses: false },
      ['sockstat.TCP.tw', 'net.ipv4.tcp_max_tw_buckets'],
    );
    return finding === null ? [] : [finding];
  });
}
