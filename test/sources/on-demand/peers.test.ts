import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { delimiter } from 'node:path';
import { expect, test, vi } from 'vitest';
import { netnsOf } from '../../../src/sources/kernel/namespaces.js';
import { countPeers } from '../../../src/sources/on-demand/peers.js';
import { findProgram } from '../../../src/shell/programs.js';

const CAN_LOOK = existsSync('/proc/self/ns/net') && findProgram('ss').file !== null;

test.runIf(CAN_LOOK)(
  'connections are counted by port here and address there, as the sockets are',
  async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const accepted: Socket[] = [];
    server.on('connection', (socket) => accepted.push(socket));
    const clients = Array.from({ length: 40 }, () => connect(port, '127.0.0.1'));
    await vi.waitFor(() => {
      expect(accepted).toHaveLength(40);
    });
    const own = netnsOf('/proc', 'self') ?? 1;
    const { peers, unreadable } = await countPeers('/proc', new Set([own]));
    expect(unreadable).toBeNull();
    expect(peers.find((peer) => peer.port === port)).toEqual({
      netns: own,
      port,
      peer: '127.0.0.1',
      connections: 40,
    });
    expect(await countPeers('/proc', new Set())).toEqual({ peers: [], unreadable: null });
    for (const socket of [...clients, ...accepted]) socket.destroy();
    server.close();
  },
);

test.runIf(CAN_LOOK)('a tool that fails is named, and nobody is', async () => {
  const failing = new URL('../../fixtures/ss-fails', import.meta.url).pathname;
  vi.stubEnv('PATH', `${failing}${delimiter}${process.env['PATH'] ?? ''}`);
  const own = netnsOf('/proc', 'self') ?? 1;
  expect(await countPeers('/proc', new Set([own]))).toEqual({
    peers: [],
    unreadable: 'ss failed with exit code 1',
  });
  vi.unstubAllEnvs();
});
