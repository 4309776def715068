import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** A connection, and the errno with which it ended. */
export interface Attempt {
  readonly socket: Socket;
  errno: string | null;
}

/** A listener, and what it has accepted. */
export interface Listener {
  readonly server: Server;
  readonly accepted: ReadonlySet<Socket>;
}

/** A listener, ready. It accepts only when the event loop turns. */
export async function listen(host: string, port: number, backlog: number): Promise<Listener> {
  const accepted = new Set<Socket>();
  const server = createServer((socket) => {
    accepted.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog }, resolve);
  });
  return { server, accepted };
}

/**
 * Calls connect(2) so many times, without a turn of the event loop: no listener of this process accepts meanwhile.
 * On loopback the kernel has answered by then. From consecutive local ports, where the first is given.
 */
export async function connectAtOnce(
  count: number,
  host: string,
  port: number,
  firstLocalPort: number | null = null,
): Promise<Attempt[]> {
  const attempts = Array.from({ length: count }, (_none, index) => {
    const from = firstLocalPort === null ? {} : { localPort: firstLocalPort + index };
    const attempt: Attempt = { socket: connect({ host, port, ...from }), errno: null };
    attempt.socket.on('error', (error: NodeJS.ErrnoException) => {
      attempt.errno = error.code ?? error.message;
    });
    return attempt;
  });
  // Node calls connect(2) in the next tick; this is the one behind.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  return attempts;
}

/** Closes clients and listener, their descriptors at once; nothing is sent again afterwards. */
export function closeAll(attempts: readonly Attempt[], { server, accepted }: Listener): void {
  for (const { socket } of attempts) socket.destroy();
  for (const socket of accepted) socket.destroy();
  server.close();
}

/** Stops this thread, so that nothing is accepted, until the condition holds or the time is over. */
export function blockUntil(holds: () => boolean, timeoutMs: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + timeoutMs;
  while (!holds() && performance.now() < end) Atomics.wait(cell, 0, 0, 20);
}
