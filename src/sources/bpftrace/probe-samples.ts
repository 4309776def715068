import type { ElapsedMs, MetricName, Netns, StreamRecord } from '../../records/index.js';
import type { RunSums } from './run-sums.js';
import type { ProbeSample } from './totals.js';

/**
 * The records of one print of the maps. The first print after the probes attached, at `attachedAtMs`, also says where
 * the counts started, so that the first rate is known. `ownZeros` stand for our own namespace while nothing happens.
 */
export function recordsOfSample(
  sample: ProbeSample,
  sums: RunSums,
  times: { readonly nowMs: ElapsedMs; readonly attachedAtMs: ElapsedMs | null },
  own: { readonly netns: Netns | null; readonly zeros: ReadonlyMap<MetricName, number> },
): StreamRecord[] {
  const known = new Map(sample.totals);
  if (own.netns !== null && !known.has(own.netns)) known.set(own.netns, own.zeros);
  return [...known].flatMap(([netns, figures]): StreamRecord[] => {
    const values = Object.fromEntries(sums.totals(netns, figures));
    const now = { type: 'sample', elapsedMs: times.nowMs, source: 'bpftrace', netns, values } as const;
    if (times.attachedAtMs === null) return [now];
    const atStart = Object.fromEntries(
      [...figures].map(([name, count]) => [name, (values[name] ?? count) - count]),
    );
    return [{ ...now, elapsedMs: times.attachedAtMs, values: atStart }, now];
  });
}
