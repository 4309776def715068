import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** So many are started before the first of them is waited for. */
const AT_ONCE = 16;

/** Idle network namespaces with a process in each, as pods are. */
export interface Namespaces {
  readonly count: number;
  stop(): void;
}

/** Makes them; each ends after `mostSec` whatever becomes of us. Needs root. */
export async function makeNamespaces(count: number, mostSec: number): Promise<Namespaces> {
  const children: ChildProcess[] = [];
  const stop = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', stop);
  while (children.length < count) {
    const started = Array.from({ length: Math.min(AT_ONCE, count - children.length) }, () =>
      spawn('unshare', ['--net', 'sleep', String(mostSec)], { stdio: 'ignore' }),
    );
    children.push(...started);
    await Promise.all(started.map(isInside));
  }
  return {
    count,
    stop() {
      process.off('exit', stop);
      stop();
    },
  };
}

async function isInside({ pid }: ChildProcess): Promise<void> {
  const ours = readlinkSync('/proc/self/ns/net');
  while (readlinkSync(`/proc/${pid ?? 0}/ns/net`) === ours) await sleep(5);
}
