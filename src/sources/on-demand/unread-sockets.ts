import { exactDecimal } from '../kernel/parse.js';

/** Connections with unread data that are remembered from one look to the next. */
const MOST_REMEMBERED = 20_000;

/** What one look at the established connections of a namespace found. */
export interface UnreadLook {
  /** Established connections by local port. */
  readonly established: ReadonlyMap<number, number>;
  /** Bytes that wait to be read, by local and peer address, of connections that have any. */
  readonly waiting: ReadonlyMap<string, number>;
}

/** The port with most connections that nobody has read from since the look before. */
export interface UnreadPort {
  readonly port: number;
  readonly established: number;
  readonly unread: number;
}

/** Takes lines of `ss -Htn state established`: two queues, local and peer address. */
export function createUnreadLook(): { take(line: string): void; result(): UnreadLook } {
  const established = new Map<number, number>();
  const waiting = new Map<string, number>();
  return {
    take(line) {
      const [queue, , local = '', peer = ''] = line.trim().split(/\s+/);
      const bytes = exactDecimal(queue);
      const port = exactDecimal(local.slice(local.lastIndexOf(':') + 1));
      if (bytes === null || port === null || port > 65_535 || !peer.includes(':')) return;
      established.set(port, (established.get(port) ?? 0) + 1);
      if (bytes > 0 && waiting.size < MOST_REMEMBERED) waiting.set(`${local} ${peer}`, bytes);
    },
    result: () => ({ established, waiting }),
  };
}

/** Compares two looks: a connection counts where as much waits in it as before, or more. `null` where none does. */
export function mostUnread(before: UnreadLook, now: UnreadLook): UnreadPort | null {
  const unread = new Map<number, number>();
  for (const [connection, bytes] of now.waiting) {
    const earlier = before.waiting.get(connection);
    if (earlier === undefined || bytes < earlier) continue;
    const [local = ''] = connection.split(' ');
    const port = Number(local.slice(local.lastIndexOf(':') + 1));
    unread.set(port, (unread.get(port) ?? 0) + 1);
  }
  const [most] = [...unread].sort(([, a], [, b]) => b - a);
  if (most === undefined) return null;
  return { port: most[0], established: now.established.get(most[0]) ?? most[1], unread: most[1] };
}
