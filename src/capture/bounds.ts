import type { MetricName, Netns, StreamRecord } from '../records/index.js';

/**
 * How many different ones a capture may tell of; the largest hosts have a tenth. Without a bound a file of valid
 * records, each of a namespace or socket of its own, would take all memory: everything that is told is followed.
 */
const MOST = {
  figures: 50_000,
  listeners: 50_000,
  processes: 50_000,
  ports: 50_000,
  flows: 50_000,
  namespaces: 4096,
  notes: 10_000,
} as const;

/** Text that may tell them apart, in characters: a name may have thousands. */
const MOST_TEXT = 8_000_000;

/** What there can be too many of. */
export type Bounded = keyof typeof MOST;

/** What is too much for one host. */
export interface Bounds {
  /** The record without what is beyond the bounds; `null` when nothing of it is left. */
  take(record: StreamRecord): StreamRecord | null;
  /** What was left out, and how many of it were kept. */
  readonly leftOut: ReadonlyMap<Bounded, number>;
}

/** Starts with nothing told. */
export function createBounds(): Bounds {
  const leftOut = new Map<Bounded, number>();
  const figures = new Map<Netns, Set<MetricName>>();
  const known = new Map<Bounded, Set<string>>();
  const counts = { figures: 0, notes: 0 };
  let text = 0;

  function within(kind: 'figures' | 'notes'): boolean {
    if (counts[kind] >= MOST[kind]) {
      leftOut.set(kind, counts[kind]);
      return false;
    }
    counts[kind] += 1;
    return true;
  }

  function isKept(kind: Bounded, key: string): boolean {
    let keys = known.get(kind);
    if (keys === undefined) known.set(kind, (keys = new Set()));
    if (keys.has(key)) return true;
    if (keys.size >= MOST[kind] || text + key.length > MOST_TEXT) {
      leftOut.set(kind, keys.size);
      return false;
    }
    keys.add(key);
    text += key.length;
    return true;
  }

  /** The list itself where nothing is left out of it, as nearly always. */
  function kept<T>(kind: Bounded, list: readonly T[], keyOf: (t: T) => string): readonly T[] {
    const found = list.filter((t) => isKept(kind, keyOf(t))).slice(0, MOST[kind]);
    if (found.length === list.length) return list;
    leftOut.set(kind, known.get(kind)?.size ?? 0);
    return found;
  }

  /** The figures of a namespace that may be told; one that has none counts as one. */
  function figuresIn(netns: Netns): Set<MetricName> | null {
    let names = figures.get(netns);
    if (names !== undefined) return names;
    if (!within('figures')) return null;
    figures.set(netns, (names = new Set()));
    return names;
  }

  return {
    leftOut,
    take(record) {
      switch (record.type) {
        case 'sample': {
          const { netns, values } = record;
          const told = figuresIn(netns);
          if (told === null) return null;
          const names = Object.keys(values) as MetricName[];
          const left = names.filter((name) => told.has(name) || (within('figures') && told.add(name)));
          if (left.length === names.length) return record;
          return { ...record, values: Object.fromEntries(left.map((name) => [name, values[name]])) };
        }
        case 'listeners':
          return {
            ...record,
            listeners: kept('listeners', record.listeners, (listener) =>
              [listener.netns, listener.address, listener.port, listener.inode].join(' '),
            ),
          };
        case 'processes':
          return {
            ...record,
            processes: kept('processes', record.processes, (processUse) =>
              [processUse.pid, processUse.comm, processUse.tasks?.cgroup].join(' '),
            ),
          };
        case 'ports':
          return {
            ...record,
            ports: kept('ports', record.ports, (portUse) =>
              [portUse.netns, portUse.source, portUse.destination, portUse.port].join(' '),
            ),
          };
        case 'flows': {
          const keyOf = (flowGroup: (typeof record.refused)[number]): string =>
            [
              flowGroup.netns,
              flowGroup.protocol,
              flowGroup.source,
              flowGroup.destination,
              flowGroup.port,
            ].join(' ');
          const [refused, opened] = [
            kept('flows', record.refused, keyOf),
            kept('flows', record.opened, keyOf),
          ];
          return { ...record, refused, opened };
        }
        case 'netns':
          return isKept('namespaces', `${record.netns}`) ? record : null;
        case 'mark':
        case 'gap':
        case 'dropped':
          return within('notes') ? record : null;
        case 'tick':
        case 'coverage':
        case 'settings':
        case 'end':
        case 'unknown':
          return record;
      }
    },
  };
}
