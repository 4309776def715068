import type { PortUse } from '../../records/index.js';

/** Groups counted at once; beyond, those with a single connection are forgotten. */
const MOST_GROUPS = 50_000;
/** Groups reported per namespace: those closest to running out of ports. */
const MOST_REPORTED = 5;

/** Counts the connections of a namespace by source, destination and port, a line of ss(8) at a time. */
export interface PortCounter {
  /** Takes a line of `ss -Htn state connected`: state, two queues, local and peer address. */
  take(line: string): void;
  /** The groups with the most connections, most first. */
  largest(): Omit<PortUse, 'netns'>[];
}

interface Group {
  used: number;
  timeWait: number;
}

/** Starts at none. A connection holds one port; each group has the whole range to itself (kernel.md section 7). */
export function countPorts(): PortCounter {
  const groups = new Map<string, Group>();
  return {
    take(line) {
      const [state, , , local = '', peer = ''] = line.trim().split(/\s+/);
      const at = local.lastIndexOf(':');
      if (state === undefined || at < 0 || !peer.includes(':')) return;
      const key = `${local.slice(0, at)} ${peer}`;
      let group = groups.get(key);
      if (group === undefined) {
        if (groups.size >= MOST_GROUPS) forgetSingles(groups);
        group = { used: 0, timeWait: 0 };
        groups.set(key, group);
      }
      group.used += 1;
      if (state === 'TIME-WAIT') group.timeWait += 1;
    },
    largest: () =>
      [...groups]
        .sort(([, a], [, b]) => b.used - a.used)
        .slice(0, MOST_REPORTED)
        .map(([key, group]) => {
          const [source = '', peer = ''] = key.split(' ');
          const at = peer.lastIndexOf(':');
          return {
            source: addressOf(source),
            destination: addressOf(peer.slice(0, at)),
            port: Number(peer.slice(at + 1)),
            ...group,
          };
        })
        .filter((item) => Number.isInteger(item.port)),
  };
}

/** How many ports from `low` to `high` are in a list of the kernel's: `8080,9000-9100`. */
export function countReserved(list: string, low: number, high: number): number {
  let reserved = 0;
  for (const part of list.trim().split(',')) {
    const [first = Number.NaN, last = first] = part.split('-').map(Number);
    const [from, to] = [Math.max(first, low), Math.min(last, high)];
    // Of an empty list, or of anything else that is no port, the comparison is false.
    if (part !== '' && to >= from) reserved += to - from + 1;
  }
  return reserved;
}

function forgetSingles(groups: Map<string, Group>): void {
  for (const [key, { used }] of groups) if (used === 1) groups.delete(key);
}

/** Without brackets, the interface of a scope, and the prefix of an IPv4 address in an IPv6 socket. */
function addressOf(text: string): string {
  return text
    .replace(/%.*$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:(?=\d+\.)/, '');
}
