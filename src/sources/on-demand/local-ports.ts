import type { PortUse } from '../../records/index.js';
import { createSocketGroups, plainAddress } from './socket-groups.js';

/** Groups reported per namespace: those closest to running out of ports. */
const MOST_REPORTED = 5;

/** Counts the connections of a namespace by source, destination and port, a line of ss(8) at a time. */
export interface PortCounter {
  /** Takes a line of `ss -Htn state connected`: state, two queues, local and peer address. */
  take(line: string): void;
  /** The groups with the most connections, most first. */
  largest(): Omit<PortUse, 'netns'>[];
}

/** Starts at none. A connection holds one port; each group has the whole range to itself (kernel.md section 7). */
export function countPorts(): PortCounter {
  const groups = createSocketGroups();
  return {
    take(line) {
      const [state, , , local = '', peer = ''] = line.trim().split(/\s+/);
      const at = local.lastIndexOf(':');
      if (state === undefined || at < 0 || !peer.includes(':')) return;
      groups.add(`${local.slice(0, at)} ${peer}`, state === 'TIME-WAIT');
    },
    largest: () =>
      groups
        .largest(MOST_REPORTED)
        .map(([key, group]) => {
          const [source = '', peer = ''] = key.split(' ');
          const at = peer.lastIndexOf(':');
          return {
            source: plainAddress(source),
            destination: plainAddress(peer.slice(0, at)),
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
