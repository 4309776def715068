import { atLeast, currentOf, figure, leave, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import type { Basis } from '../target.js';

/** A server is taken to pause so long at most before it accepts again: a collection of garbage, a burst of work. */
const ACCEPT_PAUSE_SEC = 1;
/** somaxconn since 5.4. */
const STOCK_BACKLOG = 4096;
/** A u16 held it in older kernels. */
const MOST_BACKLOG = 65_535;
/** A SYN-ACK that is not answered is sent again after a second. */
const HANDSHAKE_SEC = 1;
/** Without cookies a quarter of the SYN queue is kept for peers that are known (tcp_conn_request). */
const SYN_QUEUE_SHARE = 0.75;
/** Packets in, for a connection that opens and says its first word. */
const PACKETS = 4;
/** The longest that a CPU's input queue waits for its turn. */
const SOFTIRQ_SEC = 0.1;
const STOCK_NETDEV_BACKLOG = 1000;

/** How long the accept queue must be. */
export function acceptQueue(ratePerSec: number): number {
  return Math.min(MOST_BACKLOG, Math.max(STOCK_BACKLOG, roundUp(ratePerSec * ACCEPT_PAUSE_SEC)));
}

/** Queues that the pace of new connections fills, whatever their number. */
export function queueSettings({ target, host }: Basis): Setting[] {
  const { ratePerSec } = target;
  const somaxconn = figure(currentOf(host, 'net.core.somaxconn'));
  const burst = Math.max(STOCK_NETDEV_BACKLOG, roundUp(ratePerSec * PACKETS * SOFTIRQ_SEC));
  return [
    atLeast({
      name: 'net.core.somaxconn',
      scope: 'netns',
      current: currentOf(host, 'net.core.somaxconn'),
      needed: acceptQueue(ratePerSec),
      why: { rule: 'accept-pause', ratePerSec, seconds: ACCEPT_PAUSE_SEC, stock: STOCK_BACKLOG },
      stopsAtRate: somaxconn === null ? null : Math.floor((somaxconn + 1) / ACCEPT_PAUSE_SEC),
    }),
    cookies(host),
    synBacklog(),
    atLeast({
      name: 'net.core.netdev_max_backlog',
      scope: 'node',
      current: currentOf(host, 'net.core.netdev_max_backlog'),
      needed: burst,
      why: { rule: 'packet-burst', ratePerSec, packets: PACKETS, seconds: SOFTIRQ_SEC },
    }),
  ];

  function synBacklog(): Setting {
    const name = 'net.ipv4.tcp_max_syn_backlog';
    const current = currentOf(host, name);
    // Cookies are to be on; with them the kernel never looks at it (tcp_conn_request).
    if (figure(currentOf(host, 'net.ipv4.tcp_syncookies')) !== 0)
      return leave({ name, scope: 'netns', current, why: { rule: 'unused-with-cookies' } });
    const now = figure(current);
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

function cookies(host: Basis['host']): Setting {
  const name = 'net.ipv4.tcp_syncookies';
  const current = currentOf(host, name);
  return atLeast({ name, scope: 'netns', current, needed: 1, why: { rule: 'cookies-protect' } });
}
