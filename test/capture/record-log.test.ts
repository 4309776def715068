import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordLog, createShapes } from '../../src/capture/index.js';
import { METRICS } from '../../src/records/index.js';
import type { MetricName, StreamRecord } from '../../src/records/index.js';
import { bundledPath } from '../scenarios/bundled.js';
import { hostileRecords } from '../scenarios/hostile.js';
import { LISTENER } from '../scenarios/stream.js';
import { busySeconds } from './busy-host.js';
import { readAll } from './reading.js';

function throughLog(records: readonly StreamRecord[]): StreamRecord[] {
  const log = createRecordLog(createShapes());
  for (const record of records) log.append(record);
  log.seal();
  return [...log.read()];
}

describe('records that were held in bytes come back as they were', () => {
  it.each(['conntrack-table-full', 'accept-queue-overflow'] as const)('of %s', async (name) => {
    const { records } = await readAll(bundledPath(name));
    expect(throughLog(records)).toEqual(records);
  });

  it('of a busy host, in a tenth of what JSON takes', () => {
    const records = busySeconds(60);
    expect(throughLog(records)).toEqual(records);
    const log = createRecordLog(createShapes());
    for (const record of records) log.append(record);
    expect(log.sizeBytes).toBeLessThan(JSON.stringify(records).length / 10);
  });

  it('of a hostile one', () => {
    const records = hostileRecords();
    expect(throughLog(records)).toEqual(records);
  });

  it('whatever the figures, the times and the lists', () => {
    const figure = fc.oneof(
      fc.constant(null),
      fc.nat(),
      fc.maxSafeNat(),
      fc.constantFrom(0, Number.MAX_SAFE_INTEGER, 2 ** 32, 2 ** 50),
    );
    const elapsedMs = fc.oneof(
      fc.nat(),
      fc.double({ min: 0, max: 4e15, noNaN: true }).map((ms) => ms + 0),
    );
    const names = Object.keys(METRICS) as MetricName[];
    const listener = fc.record({
      ...Object.fromEntries(Object.keys(LISTENER).map((key) => [key, fc.constant(null)])),
      netns: fc.nat(3),
      address: fc.constantFrom('10.0.0.1', '::'),
      port: fc.nat(2),
      acceptQueue: figure,
      drops: figure,
      owner: fc.option(fc.record({ pid: fc.maxSafeNat(), comm: fc.string({ unit: 'binary' }) })),
    });
    const record = fc.oneof(
      fc.record({
        type: fc.constant('sample'),
        elapsedMs,
        source: fc.constantFrom('kernel', 'bpftrace'),
        netns: fc.constantFrom(0, 4026531840),
        values: fc.dictionary(fc.constantFrom(...names), figure, { noNullPrototype: true }),
      }),
      fc.record({ type: fc.constant('tick'), elapsedMs }),
      fc.record({ type: fc.constant('listeners'), elapsedMs, listeners: fc.array(listener) }),
      fc.record({ type: fc.constant('mark'), elapsedMs, note: fc.string({ unit: 'binary' }) }),
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (records) => {
        expect(throughLog(records as StreamRecord[])).toEqual(records);
      }),
    );
  });
});
