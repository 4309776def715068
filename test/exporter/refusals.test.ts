import { expect, it } from 'vitest';
import type { StreamRecord } from '../../src/records/index.js';
import { CONTAINER, HOST, kernel, probes, tick } from '../scenarios/stream.js';
import { linesOf, samplesAfter } from './snapshots.js';

const refusedAfter = (...records: StreamRecord[]): string[] =>
  linesOf(samplesAfter(records), 'ctdiag_refused_total');

it('counts from the start of the exporter, not from the boot of the host', () => {
  expect(
    refusedAfter(
      kernel(0, { 'nf_conntrack.drop': 1_000_000 }),
      tick(0),
      kernel(1000, { 'nf_conntrack.drop': 1_000_007 }),
      tick(1000),
    ),
  ).toEqual(['cause=conntrack-drop source=kernel = 7']);
});

it('adds up all namespaces, and does not shrink when one of them goes', () => {
  const both = (ms: number, host: number, container: number | null): StreamRecord[] => [
    kernel(ms, { 'nf_conntrack.drop': host }, HOST),
    kernel(ms, { 'nf_conntrack.drop': container }, CONTAINER),
    tick(ms),
  ];
  expect(refusedAfter(...both(0, 5, 100), ...both(1000, 6, 140), ...both(2000, 8, null))).toEqual([
    'cause=conntrack-drop source=kernel = 43',
  ]);
});

it('counts all of what a probe saw in a namespace that it had seen nothing of', () => {
  expect(
    refusedAfter(
      probes(0, { 'probe.insert': 3 }),
      tick(0),
      probes(1000, { 'probe.table_full': 9 }, CONTAINER),
      tick(1000),
    ),
  ).toEqual(['cause=conntrack-table-full source=bpftrace = 9']);
});

it('goes on where it stood when a counter begins at 0 again', () => {
  const at = (ms: number, value: number): StreamRecord[] => [
    kernel(ms, { 'TcpExt.ListenOverflows': value }),
    tick(ms),
  ];
  expect(refusedAfter(...at(0, 50), ...at(1000, 60), ...at(2000, 0), ...at(3000, 4))).toEqual([
    'cause=accept-queue-overflow source=kernel = 14',
  ]);
});

it('is absent while no counter of the cause is known', () => {
  expect(refusedAfter(kernel(0, { 'nf_conntrack.drop': null }), tick(0))).toEqual([]);
});
