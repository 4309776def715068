import type { MetricName, Netns, StreamRecord } from '../records/index.js';

/** What the probes have said so far. */
export interface Gathered {
  readonly take: (record: StreamRecord) => void;
  /** Times that bpftrace has printed. */
  readonly prints: number;
  /** It fell silent or ended meanwhile: what it counted then is not known. */
  readonly interrupted: boolean;
  valuesOf(netns: Netns): ReadonlyMap<MetricName, number>;
}

/** Keeps the last figures of each namespace. */
export function createGatherer(): Gathered {
  const latest = new Map<Netns, Map<MetricName, number>>();
  let prints = 0;
  let interrupted = false;
  return {
    take(record) {
      if (record.type === 'gap') interrupted = true;
      if (record.type !== 'sample') return;
      prints += 1;
      const figures = latest.get(record.netns) ?? new Map<MetricName, number>();
      for (const [name, value] of Object.entries(record.values))
        if (value !== null) figures.set(name as MetricName, value);
      latest.set(record.netns, figures);
    },
    get prints() {
      return prints;
    },
    get interrupted() {
      return interrupted;
    },
    valuesOf: (netns) => latest.get(netns) ?? new Map<MetricName, number>(),
  };
}
