import type { ConntrackEntry } from '../records/index.js';

/** Most keys held of each kind; further ones are counted together. */
const MOST_KEYS = 20_000;

/** How many entries have a key, largest first. */
export interface Ranking {
  readonly top: readonly { readonly key: string; readonly count: number }[];
  /** Entries of keys that are not in `top`. */
  readonly others: number;
}

/** Upper ends of the times until entries expire, seconds. */
export const EXPIRY_SECONDS: readonly number[] = [10, 60, 600, 3600, 86_400, 432_000];

/** Who fills a conntrack table. */
export interface EntryTally {
  readonly entries: number;
  readonly byState: Ranking;
  readonly byProtocol: Ranking;
  /** `tcp 1883`, by destination port. */
  readonly byPort: Ranking;
  /** A /24 of IPv4, a /64 of IPv6. */
  readonly bySource: Ranking;
  readonly byNetns: Ranking;
  /** Entries that early drop may evict for a new flow: those not assured. */
  readonly evictable: number;
  /** Entries that expire within each of {@link EXPIRY_SECONDS} and not within the one before; then those later. */
  readonly expiry: readonly number[];
  /** Entries of which the kernel does not say when they expire. */
  readonly expiryUnknown: number;
}

/** Counts entries as they come; memory does not grow with their number. */
export function createEntryTally(): { add(entry: ConntrackEntry): void; build(most: number): EntryTally } {
  let entries = 0;
  let evictable = 0;
  let expiryUnknown = 0;
  const expiry = new Array<number>(EXPIRY_SECONDS.length + 1).fill(0);
  const [state, protocol, port, source, netns] = [
    createCounter(),
    createCounter(),
    createCounter(),
    createCounter(),
    createCounter(),
  ];
  return {
    add(entry) {
      entries += 1;
      if (!entry.assured) evictable += 1;
      state.add(`${entry.protocol} ${entry.state}`);
      protocol.add(entry.protocol);
      if (entry.port !== null) port.add(`${entry.protocol} ${entry.port}`);
      source.add(networkOf(entry.source));
      netns.add(String(entry.netns));
      const { timeoutSec } = entry;
      if (timeoutSec === null) expiryUnknown += 1;
      else {
        const at = EXPIRY_SECONDS.findIndex((end) => timeoutSec <= end);
        const slot = at < 0 ? EXPIRY_SECONDS.length : at;
        expiry[slot] = (expiry[slot] ?? 0) + 1;
      }
    },
    build: (most) => ({
      entries,
      byState: state.rank(most),
      byProtocol: protocol.rank(most),
      byPort: port.rank(most),
      bySource: source.rank(most),
      byNetns: netns.rank(most),
      evictable,
      expiry: [...expiry],
      expiryUnknown,
    }),
  };
}

interface Counter {
  add(key: string): void;
  rank(most: number): Ranking;
}

function createCounter(): Counter {
  const counts = new Map<string, number>();
  let beyond = 0;
  return {
    add(key) {
      const known = counts.get(key);
      if (known === undefined && counts.size >= MOST_KEYS) beyond += 1;
      else counts.set(key, (known ?? 0) + 1);
    },
    rank(most) {
      const all = [...counts].map(([key, count]) => ({ key, count })).sort((a, b) => b.count - a.count);
      const top = all.slice(0, most);
      return { top, others: beyond + all.slice(most).reduce((sum, item) => sum + item.count, 0) };
    },
  };
}

function networkOf(address: string): string {
  if (!address.includes(':')) {
    const parts = address.split('.');
    return parts.length === 4 ? `${parts.slice(0, 3).join('.')}.0/24` : address;
  }
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const full = [...left, ...new Array<string>(zeros).fill('0'), ...right];
  return `${full.slice(0, 4).join(':')}::/64`;
}
