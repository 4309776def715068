import type { Stall } from '../report.js';
import { blockUntil, closeAll, connectAtOnce, listen } from './connections.js';
import type { Attempt } from './connections.js';
import { countSynSent, growthOf, readCounter } from './counters.js';
import { deafen, hasIpv6, hear } from './routes.js';
import { made, skippedStalls } from './stalls.js';
import { hasSysctl, setSysctl } from './sysctls.js';

const CLIENTS = 30;
const BACKLOG = 4;
const PORTS = { atSyn: 7001, cookies: 7002, noCookies: 7003, atAck4: 7004, atAck6: 7005 } as const;

/** At the ACK: handshakes under way, and a queue that must hold none of them when they end. */
const UNDER_WAY = 10;
const ACK_BACKLOG = 16;
/** Below the ports that the kernel chooses itself. */
const FIRST_CLIENT_PORT = 30_001;
/** The kernel sends a SYN-ACK again after 1 s; more is for a host short of CPU. */
const ACK_TIMEOUT_MS = 5000;

/** SYNs at a full accept queue: nothing is accepted while the connections come. */
export async function overflowAtSyn(): Promise<Stall[]> {
  const listener = await listen('127.0.0.1', PORTS.atSyn, BACKLOG);
  let load = 0;
  const kernel = await growthOf('ListenOverflows', async () => {
    const clients = await connectAtOnce(CLIENTS, '127.0.0.1', PORTS.atSyn);
    load = countSynSent(4, PORTS.atSyn);
    closeAll(clients, listener);
  });
  return [made('accept-queue-syn', { kernel, load, port: PORTS.atSyn })];
}

/** SYNs at a full SYN queue, whose answers are lost: with cookies, then without. */
export async function fillSynQueues(): Promise<Stall[]> {
  if (!hasSysctl('net.ipv4.tcp_syncookies'))
    return skippedStalls(['syn-cookies', 'syn-queue'], 'this kernel has no SYN cookies');
  const answers = { family: 4, from: `${PORTS.cookies}-${PORTS.noCookies}`, to: null } as const;
  deafen(answers);
  const fill = async (cookies: '0' | '1', port: number, counter: string): Promise<number | null> => {
    setSysctl('net.ipv4.tcp_syncookies', cookies);
    const listener = await listen('127.0.0.1', port, BACKLOG);
    return growthOf(counter, async () => {
      closeAll(await connectAtOnce(CLIENTS, '127.0.0.1', port), listener);
    });
  };
  const cookies = await fill('1', PORTS.cookies, 'TCPReqQFullDoCookies');
  const drops = await fill('0', PORTS.noCookies, 'TCPReqQFullDrop');
  setSysctl('net.ipv4.tcp_syncookies', '1');
  hear(answers);
  return [
    made('syn-cookies', { kernel: cookies, port: PORTS.cookies }),
    made('syn-queue', { kernel: drops, port: PORTS.noCookies }),
  ];
}

/**
 * Final ACKs at a full accept queue: the answers to some SYNs are lost, others fill the queue, and the answers come
 * again.
 */
export async function overflowAtAck(family: 4 | 6): Promise<Stall[]> {
  const id = `accept-queue-ack-v${family}` as const;
  const [host, port] =
    family === 4 ? (['127.0.0.1', PORTS.atAck4] as const) : (['::1', PORTS.atAck6] as const);
  if (family === 6 && !hasIpv6()) return skippedStalls([id], 'this host has no IPv6');
  const listener = await listen(host, port, ACK_BACKLOG);
  const clients: Attempt[] = [];
  const lastPort = FIRST_CLIENT_PORT + UNDER_WAY - 1;
  const answers = { family, from: String(port), to: `${FIRST_CLIENT_PORT}-${lastPort}` } as const;
  let synSent = 0;
  const kernel = await growthOf('ListenOverflows', async () => {
    deafen(answers);
    clients.push(...(await connectAtOnce(UNDER_WAY, host, port, FIRST_CLIENT_PORT)));
    // The answers to these are not lost.
    clients.push(...(await connectAtOnce(ACK_BACKLOG + 1, host, port)));
    synSent = countSynSent(family, port);
    hear(answers);
    const overflows = (): number => readCounter('netstat', 'TcpExt', 'ListenOverflows') ?? 0;
    const before = overflows();
    blockUntil(() => overflows() >= before + UNDER_WAY, ACK_TIMEOUT_MS);
    closeAll(clients, listener);
  });
  // Otherwise some overflowed at their SYN, which another probe counts.
  return synSent === UNDER_WAY
    ? [made(id, { kernel, port })]
    : skippedStalls([id], 'handshakes ended before the accept queue was full');
}
