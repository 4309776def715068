import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Stall } from '../report.js';
import { closeAll, connectAtOnce, listen } from './connections.js';
import { made, skippedStalls } from './stalls.js';
import { readSysctl, setSysctl } from './sysctls.js';

const PORTS = { connect: 7006, accept: 7007 } as const;
const LOCAL_PORTS = 10;
const CLIENTS = 25;
const SETTLE_MS = 3000;

/** More connections to one place than there are local ports. */
export async function useUpPorts(): Promise<Stall[]> {
  const before = readSysctl('net.ipv4.ip_local_port_range');
  setSysctl('net.ipv4.ip_local_port_range', `20000 ${20_000 + LOCAL_PORTS - 1}`);
  const listener = await listen('127.0.0.1', PORTS.connect, 2 * CLIENTS);
  const clients = await connectAtOnce(CLIENTS, '127.0.0.1', PORTS.connect);
  await Promise.race([Promise.all(clients.map(({ socket }) => settled(socket))), wait(SETTLE_MS)]);
  closeAll(clients, listener);
  setSysctl('net.ipv4.ip_local_port_range', before);
  return [made('no-port', { load: clients.filter(({ errno }) => errno === 'EADDRNOTAVAIL').length })];
}

async function settled(socket: Socket): Promise<void> {
  if (!socket.connecting) return;
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
}

const ROUNDS = 10;
/** The most descriptors that are opened to stand at the limit: the load is started with a lower limit. */
const MAX_FILES = 512;

/**
 * accept(2) without a descriptor. Each connection costs one: libuv is told EMFILE, gives up a descriptor that it holds
 * for that, accepts the connection with it and closes it, which the client sees.
 */
export async function useUpDescriptors(): Promise<Stall[]> {
  const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  if (!(limit <= MAX_FILES))
    return skippedStalls(
      ['no-descriptor'],
      'the limit of open files could not be lowered (prlimit of util-linux)',
    );
  const listener = await listen('127.0.0.1', PORTS.accept, ROUNDS);
  const held: number[] = [];
  let load = 0;
  try {
    fillDescriptors(held);
    // The only free descriptor is the client's.
    closeSync(held.pop() ?? -1);
    for (let round = 0; round < ROUNDS && listener.accepted.size === 0; round += 1)
      if (await isCutOff(PORTS.accept)) load += 1;
  } finally {
    for (const fd of held) closeSync(fd);
    closeAll([], listener);
  }
  return listener.accepted.size === 0
    ? [made('no-descriptor', { load, port: PORTS.accept })]
    : skippedStalls(['no-descriptor'], 'descriptors became free meanwhile');
}

function fillDescriptors(held: number[]): void {
  for (;;) {
    try {
      held.push(openSync('/dev/null', 'r'));
    } catch {
      return;
    }
  }
}

/** Whether a connection is closed by the server, which cannot accept it. */
async function isCutOff(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.resume();
  socket.on('error', () => undefined);
  const isConnected = once(socket, 'connect').then(
    () => true,
    () => false,
  );
  const closed = once(socket, 'close').then(() => true);
  const isClosed = await Promise.race([closed, wait(SETTLE_MS).then(() => false)]);
  socket.destroy();
  return isClosed && (await isConnected);
}
