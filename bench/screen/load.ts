import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buildLoad } from '../../test/kernel/load.js';

const SERVER = '127.0.0.1:8883';
/** Each address has 28,232 ports of its own; a closed flow holds its port no longer. */
const SOURCES = '127.0.0.11,127.0.0.12,127.0.0.13,127.0.0.14';
/** So that a netfilter rule that looks at the state is there, which is what makes conntrack work at all. */
const RULES =
  'table inet watched { chain input { type filter hook input priority 0; ct state established accept; }; }';

/** Connections that are opened and closed in a network namespace of their own. */
export interface Load {
  /** Put before a command, it runs where the load is. */
  readonly enter: string;
  /** Connections accepted in the namespace so far, as the kernel counts them. */
  accepted(): number;
  stop(): void;
}

/** Opens and closes so many connections a second, for `mostSec` at the longest whatever becomes of us. Needs root. */
export async function startLoad(perSec: number, mostSec: number): Promise<Load> {
  const load = join(await buildLoad(), 'load');
  const namespace = `ctdiag-bench-${process.pid}`;
  const ip = (...args: string[]): void => void execFileSync('ip', args);
  ip('netns', 'add', namespace);
  const children: ChildProcess[] = [];
  const stop = (): void => {
    // The client heeds no SIGTERM while attempts are under way.
    for (const { pid } of children) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    ip('netns', 'delete', namespace);
  };
  process.once('exit', stop);
  const inside = (...args: string[]): ChildProcess => {
    const bounded = ['-s', 'KILL', String(mostSec), 'ip', 'netns', 'exec', namespace, ...args];
    const child = spawn('timeout', bounded, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    children.push(child);
    return child;
  };
  const run = (...args: string[]): string =>
    execFileSync('ip', ['netns', 'exec', namespace, ...args], { encoding: 'utf8' });
  run('ip', 'link', 'set', 'lo', 'up');
  run('nft', RULES);
  // A flow that is reset is gone after a second: the table stays small at any pace.
  run('sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_timeout_close=1');
  const server = inside(load, 'serve', '--listen', SERVER, '--backlog', '4096', '--close');
  if (server.stdout !== null) await once(server.stdout, 'data');
  const many = ['--count', '100000000', '--concurrency', '512', '--rate', String(perSec)];
  inside(load, 'connect', '--to', SERVER, '--from', SOURCES, '--close', '--reset', ...many);
  return {
    enter: `ip netns exec ${namespace} `,
    accepted() {
      const [names = '', values = ''] = run('grep', '^Tcp:', '/proc/net/snmp').trim().split('\n');
      return Number(values.split(' ')[names.split(' ').indexOf('PassiveOpens')]);
    },
    stop() {
      process.off('exit', stop);
      stop();
    },
  };
}
