import { createHostWatch } from '../../src/commands/exporter/host-watch.js';
import { NODE_WIDE } from '../../src/records/index.js';
import type { MetricName, StreamRecord } from '../../src/records/index.js';
import { HEADER, busyHost } from '../../test/capture/busy-host.js';

/** What a second of a host costs the model, the diagnosis included, where its kernel has more than this machine can. */
export interface ModelCost {
  readonly medianMs: number;
  readonly longestMs: number;
}

/** Multiplies the levels of sockets and gives every figure of a namespace to `namespaces` others, all of them busy. */
function* hugeHost(sockets: number, namespaces: number): Generator<StreamRecord[], never> {
  const host = busyHost();
  for (;;) {
    const { value } = host.next();
    yield value.flatMap((record): StreamRecord[] => {
      if (record.type !== 'sample' || record.netns === NODE_WIDE || record.source !== 'kernel')
        return [record];
      const values: Partial<Record<MetricName, number | null>> = { ...record.values };
      for (const name of ['sockstat.sockets.used', 'sockstat.TCP.inuse', 'sockstat.TCP.alloc'] as const)
        if (values[name] != null) values[name] = sockets;
      return [
        { ...record, values },
        ...Array.from({ length: namespaces }, (_, at) => ({ ...record, netns: 5_000_000_000 + at })),
      ];
    });
  }
}

/** Feeds `seconds` of such a host to what the exporter does with each second. */
export function modelCost(sockets: number, namespaces: number, seconds: number): ModelCost {
  const host = hugeHost(sockets, namespaces);
  const watch = createHostWatch(HEADER, {
    thresholds: undefined,
    onFrame: () => undefined,
    onVerdict: () => undefined,
  });
  const times: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const { value: records } = host.next();
    const begunMs = performance.now();
    for (const record of records) watch.take(record);
    times.push(performance.now() - begunMs);
  }
  // The first ones are compiled while they run.
  const warm = times.slice(Math.floor(seconds / 4)).sort((a, b) => a - b);
  return { medianMs: warm[warm.length >> 1] ?? NaN, longestMs: warm.at(-1) ?? NaN };
}
