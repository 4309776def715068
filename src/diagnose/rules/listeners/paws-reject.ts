import { NODE_WIDE } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { paceOf } from '../../evidence/pace.js';
import type { Finding } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';

/**
 * Before Linux 4.12, with tcp_tw_recycle: a SYN whose TCP timestamp is older than the last one of its address is dropped.
 * Behind NAT clients share an address and not a clock, so all but one of them are refused, now and then. Newer kernels
 * have neither the setting nor the counter.
 */
export function pawsReject(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns): Finding[] => {
    if (netns === NODE_WIDE) return [];
    const pace = paceOf(window, seriesOf(window, netns, 'TcpExt.PAWSPassive'));
    if (pace === 'rare') return [];
    const finding = findingFromCounter(
      window,
      netns,
      'TcpExt.PAWSPassive',
      { code: 'paws-reject', severity: pace === 'heavy' ? 'critical' : 'warning', refuses: true },
      ['net.ipv4.tcp_tw_recycle'],
    );
    if (finding === null) return [];
    const isOn = (seriesOf(window, netns, 'net.ipv4.tcp_tw_recycle')?.last ?? 1) !== 0;
    return [{ ...finding, fixes: isOn ? [{ id: 'stop-tw-recycle', entry: netnsEntry(window, netns) }] : [] }];
  });
}
