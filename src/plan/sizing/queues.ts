import { atLeast, currentValue, parseFigure, leaveAlone, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import type { Basis } from '../target.js';

/** Longest time in which the server does not accept (garbage collection, a burst of work). */
const ACCEPT_PAUSE_SEC = 1;
/** somaxconn since 5.4. */
const STOCK_BACKLOG = 4096;
/** Older kernels keep it in a u16. */
const MOST_BACKLOG = 65_535;
/** A SYN-ACK without an answer is retransmitted after a second. */
const HANDSHAKE_SEC = 1;
/** Without cookies a quarter of the SYN queue is reserved for known peers (tcp_conn_request). */
const SYN_QUEUE_SHARE = 0.75;
/** Packets received until a new connection has sent its first request. */
const PACKETS = 4;
/** Longest time until a CPU processes its input queue. */
const SOFTIRQ_SEC = 0.1;
const STOCK_NETDEV_BACKLOG = 1000;

/** How long the accept queue must be. */
export function acceptQueue(ratePerSec: number): number {
  return Math.min(MOST_BACKLOG, Math.max(STOCK_BACKLOG, roundUp(ratePerSec * ACCEPT_PAUSE_SEC)));
}

/** Queues that depend on the rate of new connections, not on their number. */
export function queueSettings({ target, host }: Basis): Setting[] {
  const { ratePerSec } = target;
  const somaxconn = parseFigure(currentValue(host, 'net.core.somaxconn'));
  const burst = Math.max(STOCK_NETDEV_BACKLOG, roundUp(ratePerSec * PACKETS * SOFTIRQ_SEC));
  return [
    atLeast({
      name: 'net.core.somaxconn',
      scope: 'netns',
      current: currentValue(host, 'net.core.somaxconn'),
      needed: acceptQueue(ratePerSec),
      why: { rule: 'accept-pause', ratePerSec, seconds: ACCEPT_PAUSE_SEC, stock: STOCK_BACKLOG },
      stopsAtRate: somaxconn === null ? null : Math.floor((somaxconn + 1) / ACCEPT_PAUSE_SEC),
    }),
    syncookiesSetting(host),
    synBacklogSetting(),
    atLeast({
      name: 'net.core.netdev_max_backlog',
      scope: 'node',
      current: currentValue(host, 'net.core.netdev_max_backlog'),
      needed: burst,
      why: { rule: 'packet-burst', ratePerSec, packets: PACKETS, seconds: SOFTIRQ_SEC },
    }),
  ];

  function synBacklogSetting(): Setting {
    const name = 'net.ipv4.tcp_max_syn_backlog';
    const current = currentValue(host, name);
    // The plan switches cookies on; with cookies the kernel ignores the backlog (tcp_conn_request).
    if (parseFigure(currentValue(host, 'net.ipv4.tcp_syncookies')) !== 0)
      return leaveAlone({ name, scope: 'netns', current, why: { rule: 'unused-with-cookies' } });
    const now = parseFigure(current);
    return atLeast({
      name,
      scope: 'netns',
      current,
      needed: roundUp((ratePerSec * HANDSHAKE_SEC) / SYN_QUEUE_SHARE),
      why: { rule: 'syn-queue-without-cookies', ratePerSec, seconds: HANDSHAKE_SEC },
      stopsAtRate: now === null ? null : Math.floor((now * SYN_QUEUE_SHARE) / HANDSHAKE_SEC),
    });
  }
}

function syncookiesSetting(host: Basis['host']): Setting {
  const name = 'net.ipv4.tcp_syncookies';
  const current = currentValue(host, name);
  return atLeast({ name, scope: 'netns', current, needed: 1, why: { rule: 'cookies-protect' } });
}
