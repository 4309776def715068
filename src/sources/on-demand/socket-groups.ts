/** Groups counted at once; beyond, those with a single connection are forgotten. */
const MOST_GROUPS = 50_000;

/** How many sockets a group has, and how many of them are of the state that is told apart. */
export interface SocketGroup {
  used: number;
  timeWait: number;
}

/** Counts sockets by a text of their addresses, in bounded memory. */
export interface SocketGroups {
  add(key: string, isTimeWait: boolean): void;
  /** Those with the most sockets, most first. */
  largest(most: number): (readonly [key: string, group: SocketGroup])[];
}

/** Starts at none. */
export function createSocketGroups(): SocketGroups {
  const groups = new Map<string, SocketGroup>();
  return {
    add(key, isTimeWait) {
      let group = groups.get(key);
      if (group === undefined) {
        if (groups.size >= MOST_GROUPS) forgetSingles(groups);
        group = { used: 0, timeWait: 0 };
        groups.set(key, group);
      }
      group.used += 1;
      if (isTimeWait) group.timeWait += 1;
    },
    largest: (most) => [...groups].sort(([, a], [, b]) => b.used - a.used).slice(0, most),
  };
}

function forgetSingles(groups: Map<string, SocketGroup>): void {
  for (const [key, { used }] of groups) if (used === 1) groups.delete(key);
}

/** An address of ss(8) without brackets, the interface of a scope, and the prefix of IPv4 in an IPv6 socket. */
export function plainAddress(text: string): string {
  return text
    .replace(/%.*$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:(?=\d+\.)/, '');
}
