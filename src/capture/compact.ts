import type { ElapsedMs, MetricName, SampleRecord, StreamRecord } from '../records/index.js';

type Values = Partial<Record<MetricName, number | null>>;

/** A namespace that was not sampled for this long is gone; a restart does not tell of it again. */
const GONE_MS = 300_000;

interface Figures {
  readonly known: Map<MetricName, number | null>;
  /** The next sample tells everything, not only what changed. */
  tellAll: boolean;
  sampledMs: ElapsedMs;
}

/** Leaves out what a reader already knows. */
export interface Compactor {
  /** The record without unchanged figures; `null` for a list equal to the last of its type. */
  readonly compact: (record: StreamRecord) => StreamRecord | null;
  /** A new reader, who knows nothing: the lists as they stand, to be written first; samples then tell all. */
  readonly restart: (elapsedMs: ElapsedMs) => StreamRecord[];
}

/** Starts with a reader who knows nothing. A quiet host then costs a few bytes a second. */
export function createCompactor(): Compactor {
  const figures = new Map<string, Figures>();
  const lists = new Map<string, { text: string; record: StreamRecord }>();

  function compactSample(record: SampleRecord): SampleRecord {
    const key = `${record.source}:${record.netns}`;
    let told = figures.get(key);
    if (told === undefined) {
      told = { known: new Map(), tellAll: false, sampledMs: 0 };
      figures.set(key, told);
    }
    told.sampledMs = record.elapsedMs;
    const changed: Values = told.tellAll ? Object.fromEntries(told.known) : {};
    told.tellAll = false;
    for (const [name, value] of Object.entries(record.values) as [MetricName, number | null][]) {
      if (told.known.get(name) !== value) changed[name] = value;
      told.known.set(name, value);
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
      for (const [key, told] of figures) {
        told.tellAll = true;
        if (elapsedMs - told.sampledMs > GONE_MS) figures.delete(key);
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
