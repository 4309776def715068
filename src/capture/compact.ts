import type {
  ElapsedMs,
  MetricName,
  Netns,
  SampleRecord,
  SourceName,
  StreamRecord,
} from '../records/index.js';

type Values = Partial<Record<MetricName, number | null>>;

/** A namespace without a sample for this long is taken to be deleted and is not repeated after a restart. */
const FORGET_AFTER_MS = 300_000;

interface LastSample {
  readonly source: SourceName;
  readonly netns: Netns;
  /** Of a sample that stands until another is told, which may be long after. */
  holdsMs: number | null;
  readonly values: Map<MetricName, number | null>;
  /** The next sample is written whole, not only what changed. */
  writeAll: boolean;
  sampledMs: ElapsedMs;
}

/** Leaves out values that a reader already has from earlier records. */
export interface Compactor {
  /** The record without unchanged values; `null` for a list that equals the last one of its type. */
  readonly compact: (record: StreamRecord) => StreamRecord | null;
  /**
   * Starts anew for a reader without earlier records. Returns what to write first: the current lists, and what stands of
   * namespaces that are told of seldom; the next samples of the others are whole.
   */
  readonly restart: (elapsedMs: ElapsedMs) => StreamRecord[];
}

/** Starts for a reader without earlier records. Compacted, a quiet host costs a few bytes a second. */
export function createCompactor(): Compactor {
  const figures = new Map<string, LastSample>();
  const lists = new Map<string, { text: string; record: StreamRecord }>();

  function compactSample(record: SampleRecord): SampleRecord {
    const { source, netns } = record;
    const key = `${source}:${netns}`;
    let last = figures.get(key);
    if (last === undefined) {
      last = { source, netns, holdsMs: null, values: new Map(), writeAll: false, sampledMs: 0 };
      figures.set(key, last);
    }
    last.sampledMs = record.elapsedMs;
    last.holdsMs = record.holdsMs ?? null;
    const changed: Values = last.writeAll ? Object.fromEntries(last.values) : {};
    last.writeAll = false;
    for (const [name, value] of Object.entries(record.values) as [MetricName, number | null][]) {
      if (last.values.get(name) !== value) changed[name] = value;
      last.values.set(name, value);
    }
    return { ...record, values: changed };
  }

  return {
    compact(record) {
      switch (record.type) {
        case 'sample':
          return compactSample(record);
        case 'listeners':
        case 'processes':
        case 'flows':
        case 'ports':
        case 'coverage':
        case 'settings':
        case 'netns': {
          const text = JSON.stringify({ ...record, elapsedMs: 0 });
          const key = record.type === 'netns' ? `netns:${record.netns}` : record.type;
          if (lists.get(key)?.text === text) return null;
          lists.set(key, { text, record });
          return record;
        }
        case 'gap':
        case 'dropped':
        case 'mark':
        case 'tick':
        case 'end':
        case 'unknown':
          return record;
      }
    },
    restart(elapsedMs) {
      const standing: StreamRecord[] = [];
      for (const [key, { source, netns, holdsMs, values, sampledMs }] of figures) {
        if (elapsedMs - sampledMs > Math.max(FORGET_AFTER_MS, holdsMs ?? 0)) figures.delete(key);
        else if (holdsMs !== null)
          standing.push({
            type: 'sample',
            elapsedMs,
            source,
            netns,
            values: Object.fromEntries(values),
            holdsMs,
          });
      }
      for (const last of figures.values()) last.writeAll = last.holdsMs === null;
      for (const [key, { record }] of lists)
        if (
          record.type === 'netns' &&
          !figures.has(`kernel:${record.netns}`) &&
          !figures.has(`bpftrace:${record.netns}`)
        )
          lists.delete(key);
      return [...Array.from(lists.values(), ({ record }) => ({ ...record, elapsedMs })), ...standing];
    },
  };
}
