import type { MetricName, Netns, StreamRecord } from '../records/index.js';

/**
 * How many distinct items of each kind a capture may hold: ten times what the largest hosts have. The model keeps
 * state for each of them, so a hostile file of valid records could otherwise use all memory.
 */
const LIMITS = {
  figures: 50_000,
  listeners: 50_000,
  processes: 50_000,
  ports: 50_000,
  flows: 50_000,
  namespaces: 4096,
  notes: 10_000,
} as const;

/** Total length of the keys that are remembered, in characters: one name may have thousands. */
const MAX_KEY_CHARACTERS = 8_000_000;

/** Kinds of items that are limited. */
export type BoundedKind = keyof typeof LIMITS;

/** Limits what one capture can make the model remember. */
export interface RecordBounds {
  /** The record without the items beyond the limits; `null` when none of it is left. */
  limitRecord(record: StreamRecord): StreamRecord | null;
  /** The kinds of which items were left out, each with the number that was kept. */
  readonly exceeded: ReadonlyMap<BoundedKind, number>;
}

/** Starts with no items seen. */
export function createBounds(): RecordBounds {
  const exceeded = new Map<BoundedKind, number>();
  const figures = new Map<Netns, Set<MetricName>>();
  const known = new Map<BoundedKind, Set<string>>();
  const counts = { figures: 0, notes: 0 };
  let text = 0;

  function countNext(kind: 'figures' | 'notes'): boolean {
    if (counts[kind] >= LIMITS[kind]) {
      exceeded.set(kind, counts[kind]);
      return false;
    }
    counts[kind] += 1;
    return true;
  }

  function admitKey(kind: BoundedKind, key: string): boolean {
    let keys = known.get(kind);
    if (keys === undefined) known.set(kind, (keys = new Set()));
    if (keys.has(key)) return true;
    if (keys.size >= LIMITS[kind] || text + key.length > MAX_KEY_CHARACTERS) {
      exceeded.set(kind, keys.size);
      return false;
    }
    keys.add(key);
    text += key.length;
    return true;
  }

  /** Returns the same list when all of its items are admitted, which is the common case. */
  function admitItems<T>(kind: BoundedKind, list: readonly T[], keyOf: (item: T) => string): readonly T[] {
    const admitted = list.filter((item) => admitKey(kind, keyOf(item))).slice(0, LIMITS[kind]);
    if (admitted.length === list.length) return list;
    exceeded.set(kind, known.get(kind)?.size ?? 0);
    return admitted;
  }

  /** Metrics seen in a namespace; `null` past the limit. The namespace itself counts as one metric. */
  function knownMetrics(netns: Netns): Set<MetricName> | null {
    let names = figures.get(netns);
    if (names !== undefined) return names;
    if (!countNext('figures')) return null;
    figures.set(netns, (names = new Set()));
    return names;
  }

  return {
    exceeded,
    limitRecord(record) {
      switch (record.type) {
        case 'sample': {
          const { netns, values } = record;
          const known = knownMetrics(netns);
          if (known === null) return null;
          const names = Object.keys(values) as MetricName[];
          const admitted = names.filter(
            (name) => known.has(name) || (countNext('figures') && known.add(name)),
          );
          if (admitted.length === names.length) return record;
          return { ...record, values: Object.fromEntries(admitted.map((name) => [name, values[name]])) };
        }
        case 'listeners':
          return {
            ...record,
            listeners: admitItems('listeners', record.listeners, (listener) =>
              [listener.netns, listener.address, listener.port, listener.inode].join(' '),
            ),
          };
        case 'processes':
          return {
            ...record,
            processes: admitItems('processes', record.processes, (processUse) =>
              [processUse.pid, processUse.comm, processUse.cgroup, processUse.tasks?.cgroup].join(' '),
            ),
          };
        case 'ports':
          return {
            ...record,
            ports: admitItems('ports', record.ports, (portUse) =>
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
            admitItems('flows', record.refused, keyOf),
            admitItems('flows', record.opened, keyOf),
          ];
          return { ...record, refused, opened };
        }
        case 'netns':
          return admitKey('namespaces', `${record.netns}`) ? record : null;
        case 'mark':
        case 'gap':
        case 'dropped':
          return countNext('notes') ? record : null;
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
