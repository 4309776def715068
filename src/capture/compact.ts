import type { MetricName, StreamRecord } from '../records/index.js';

type Values = Partial<Record<MetricName, number | null>>;

/**
 * Leaves out what a reader already knows: unchanged figures of a sample, and lists equal to the last of
 * their type. A quiet host then costs a few bytes a second. Returns `null` when nothing is left to say.
 */
export function createCompactor(): (record: StreamRecord) => StreamRecord | null {
  const figures = new Map<string, Map<string, number | null>>();
  const lists = new Map<string, string>();

  return (record) => {
    switch (record.type) {
      case 'sample': {
        const key = `${record.source}:${record.netns}`;
        let known = figures.get(key);
        if (known === undefined) {
          known = new Map<string, number | null>();
          figures.set(key, known);
        }
        const changed: Values = {};
        for (const [name, value] of Object.entries(record.values) as [MetricName, number | null][]) {
          if (known.get(name) === value) continue;
          known.set(name, value);
          changed[name] = value;
        }
        return { ...record, values: changed };
      }
      case 'listeners':
      case 'processes':
      case 'flows':
      case 'coverage':
      case 'netns': {
        const text = JSON.stringify({ ...record, elapsedMs: 0 });
        const key = record.type === 'netns' ? `netns:${record.netns}` : record.type;
        if (lists.get(key) === text) return null;
        lists.set(key, text);
        return record;
      }
      case 'gap':
      case 'tick':
      case 'end':
      case 'unknown':
        return record;
    }
  };
}
