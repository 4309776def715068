import { metricKind } from '../../records/index.js';
import type { MetricName, Netns } from '../../records/index.js';
import type { ListenerTotals } from './totals.js';

/** Cumulative figures over several runs of bpftrace. */
export interface RunSums {
  totals(netns: Netns, run: ReadonlyMap<MetricName, number>): [MetricName, number][];
  listenersNow(run: readonly ListenerTotals[]): void;
  listeners(): readonly ListenerTotals[];
  runEnded(): void;
}

/** Carries the counts of ended runs on, so that what ctdiag reports keeps growing over a restart of bpftrace. */
export function createRunSums(): RunSums {
  const before = new Map<string, number>();
  const now = new Map<string, number>();
  let listenersBefore = new Map<string, ListenerTotals>();
  let listenersOfRun: readonly ListenerTotals[] = [];

  const listenerKey = (listenerTotals: ListenerTotals): string =>
    `${listenerTotals.netns}:${listenerTotals.inode}:${listenerTotals.address}:${listenerTotals.port}`;
  function summed(): ListenerTotals[] {
    const all = new Map(listenersBefore);
    for (const listenerTotals of listenersOfRun) {
      const earlier = listenersBefore.get(listenerKey(listenerTotals));
      all.set(listenerKey(listenerTotals), {
        ...listenerTotals,
        overflows: listenerTotals.overflows + (earlier?.overflows ?? 0),
      });
    }
    return [...all.values()];
  }
  return {
    totals: (netns, run) =>
      [...run].map(([metric, count]) => {
        if (metricKind(metric) === 'gauge') return [metric, count];
        const key = `${netns}:${metric}`;
        const total = (before.get(key) ?? 0) + count;
        now.set(key, total);
        return [metric, total];
      }),
    listenersNow(run) {
      listenersOfRun = run;
    },
    listeners: summed,
    runEnded() {
      for (const [key, total] of now) before.set(key, total);
      listenersBefore = new Map(
        summed().map((listenerTotals) => [listenerKey(listenerTotals), listenerTotals]),
      );
      listenersOfRun = [];
    },
  };
}
