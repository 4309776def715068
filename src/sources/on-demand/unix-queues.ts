import { exactDecimal } from '../kernel/parse.js';

/** A listening unix socket: connections that wait, and how many may. */
export interface UnixQueue {
  readonly waiting: number;
  readonly backlog: number;
}

/**
 * The most connections that wait at one path of /proc/net/unix. One that was not accepted yet has the path of its
 * listener, the state 02 and no inode; the file does not tell the backlog.
 */
export function mostWaiting(text: string): number {
  const waiting = new Map<string, number>();
  let most = 0;
  for (const [, path = ''] of text.matchAll(/^[0-9a-f]+: \S+ \S+ \S+ \S+ 02 +0 (.+)$/gm)) {
    const count = (waiting.get(path) ?? 0) + 1;
    waiting.set(path, count);
    most = Math.max(most, count);
  }
  return most;
}

/** Reads a line of `ss -Hxln`: kind, state, Recv-Q, Send-Q, path. */
export function parseUnixListener(line: string): UnixQueue | null {
  const [, state, queue, limit] = line.trim().split(/\s+/);
  const [waiting, backlog] = [exactDecimal(queue), exactDecimal(limit)];
  return state !== 'LISTEN' || waiting === null || backlog === null ? null : { waiting, backlog };
}
