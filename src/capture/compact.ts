import type { ElapsedMs, MetricName, SampleRecord, StreamRecord } from '../records/index.js';

type Values = Partial<Record<MetricName, number | null>>;

/** A namespace without a sample for this long is taken to be deleted and is not repeated after a restart. */
const FORGET_AFTER_MS = 300_000;

interface LastSample {
  readonly values: Map<MetricName, number | null>;
  /** The next sample is written whole, not only what changed. */
  writeAll: boolean;
  sampledMs: ElapsedMs;
}

/** Leaves out values that a reader already has from earlier records. */
export interface Compactor {
  /** The record without unchanged values; `null` for a list that equals the last one of its type. */
  readonly compact: (record: StreamRecord) => StreamRecord | null;
  /** Starts anew for a reader without earlier records: returns the current lists to write first; the next samples are whole. */
  readonly restart: (elapsedMs: ElapsedMs) => StreamRecord[];
}

/** Starts for a reader without earlier records. Compacted, a quiet host costs a few bytes a second. */
export function createCompactor(): Compactor {
  const figures = new Map<string, LastSample>();
  const lists = new Map<string, { text: string; record: StreamRecord }>();

  function compactSample(record: SampleRecord): SampleRecord {
    const key = `${record.source}:${record.netns}`;
    let last = figures.get(key);
    if (last === undefined) {
      last = { values: new Map(), writeAll: false, sampledMs: 0 };
      figures.set(key, last);
    }
    last.sampledMs = record.elapsedMs;
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
      for (const [key, last] of figures) {
        last.writeAll = true;
        if (elapsedMs - last.sampledMs > FORGET_AFTER_MS) figures.delete(key);
      }
      for (const [key, { record }] of lists)
        if (
          record.type === 'netns' &&
          !figures.has(`kernel:${record.netns}`) &&
          !figures.has(`bpftrace:${record.netns}`)
        )
          lists.delete(key);
      return [...lists.values()].map(({ record }) => ({ ...record, elapsedMs }));
    },
  };
}
