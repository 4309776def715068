import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buildLoad } from '../../test/kernel/load.js';

/** Connections from one address to one other: fewer than there are local ports, and descriptors of a process. */
const PER_PAIR = 16_000;

/** Established connections in a network namespace of their own. */
export interface Sockets {
  /** Put before a command, it runs where they are. */
  readonly enter: string;
  /** TCP sockets there, both ends of each connection, as the kernel counts them. */
  readonly count: number;
  stop(): void;
}

/** Opens connections over loopback, two sockets each, which stand for `mostSec` at the longest. Needs root. */
export async function openSockets(count: number, mostSec: number): Promise<Sockets> {
  const load = join(await buildLoad(), 'load');
  const namespace = `ctdiag-scale-${process.pid}`;
  const children: ChildProcess[] = [];
  execFileSync('ip', ['netns', 'add', namespace]);
  const stop = (): void => {
    for (const { pid, exitCode } of children)
      if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
    execFileSync('ip', ['netns', 'delete', namespace]);
  };
  process.once('exit', stop);
  const run = (...args: string[]): string =>
    execFileSync('ip', ['netns', 'exec', namespace, ...args], { encoding: 'utf8' });
  run('ip', 'link', 'set', 'lo', 'up');

  const startLoad = async (...args: string[]): Promise<void> => {
    const bounded = ['-s', 'KILL', String(mostSec), 'ip', 'netns', 'exec', namespace, load, ...args];
    const child = spawn('timeout', bounded, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    children.push(child);
    const ended = once(child, 'exit').then(() => {
      throw new Error('the load generator ended: is the limit of open files too low?');
    });
    await Promise.race([once(child.stdout, 'data'), ended]);
    ended.catch(() => undefined);
  };
  const limits = ['--nofile', String(PER_PAIR + 100)];
  for (let open = 0, pair = 1; open < count / 2; open += PER_PAIR, pair += 1) {
    const to = `127.0.0.${pair}:8883`;
    const wanted = String(Math.min(PER_PAIR, Math.ceil(count / 2) - open));
    await startLoad('serve', '--listen', to, ...limits);
    await startLoad(
      'connect',
      ...['--to', to, '--count', wanted, '--concurrency', '512', '--burst', '512'],
      ...limits,
    );
  }
  return {
    enter: `ip netns exec ${namespace} `,
    count: Number(/^TCP: inuse (\d+)/m.exec(run('cat', '/proc/net/sockstat'))?.[1]),
    stop() {
      process.off('exit', stop);
      stop();
    },
  };
}
