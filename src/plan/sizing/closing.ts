import { atLeast, currentValue, leaveAlone, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import { closedWithin } from '../target.js';
import type { Basis } from '../target.js';

/** TCP_TIMEWAIT_LEN, which no setting changes. */
const TIME_WAIT_SEC = 60;
/** tcp_fin_timeout: how long a closed socket waits for the peer's FIN. */
const FIN_WAIT_2_SEC = 60;
/** struct tcp_timewait_sock, rounded up. */
const TIME_WAIT_BYTES = 256;
/** struct tcp_sock, rounded up; an orphan has no descriptor, inode or file. */
const ORPHAN_BYTES = 2560;

/** Limits of connections in TIME_WAIT and of orphans. */
export function closingSettings({ target, host }: Basis): Setting[] {
  const { ratePerSec } = target;
  const timeWait = roundUp(closedWithin(target, TIME_WAIT_SEC));
  const orphans = roundUp(closedWithin(target, FIN_WAIT_2_SEC));
  return [
    atLeast({
      name: 'net.ipv4.tcp_max_tw_buckets',
      scope: 'netns',
      current: currentValue(host, 'net.ipv4.tcp_max_tw_buckets'),
      needed: timeWait,
      why: {
        rule: 'closing-sockets',
        closed: closedWithin(target, TIME_WAIT_SEC),
        ratePerSec,
        seconds: TIME_WAIT_SEC,
        harmless: true,
      },
      costBytes: timeWait * TIME_WAIT_BYTES,
    }),
    atLeast({
      name: 'net.ipv4.tcp_max_orphans',
      scope: 'node',
      current: currentValue(host, 'net.ipv4.tcp_max_orphans'),
      needed: orphans,
      why: {
        rule: 'closing-sockets',
        closed: closedWithin(target, FIN_WAIT_2_SEC),
        ratePerSec,
        seconds: FIN_WAIT_2_SEC,
        harmless: false,
      },
      costBytes: orphans * ORPHAN_BYTES,
    }),
    leaveAlone({
      name: 'net.ipv4.tcp_fin_timeout',
      scope: 'netns',
      current: currentValue(host, 'net.ipv4.tcp_fin_timeout'),
      why: { rule: 'fin-wait-2' },
    }),
    leaveAlone({
      name: 'net.ipv4.tcp_tw_reuse',
      scope: 'netns',
      current: currentValue(host, 'net.ipv4.tcp_tw_reuse'),
      why: { rule: 'outgoing-only' },
    }),
  ];
}
