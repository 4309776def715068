import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCompactor } from '../../src/capture/compact.js';
import type { Frame } from '../../src/model/index.js';
import type { SampleRecord, StreamRecord } from '../../src/records/index.js';
import {
  CONTAINER,
  COVERAGE,
  framesOf,
  gap,
  HOST,
  kernel,
  listening,
  probes,
  tick,
} from '../scenarios/stream.js';

const figure = fc.option(fc.nat({ max: 3 }), { freq: 4 });
const netns = fc.constantFrom(HOST, CONTAINER);

/** A source tells everything that it knows each time; some of it comes to be known only later. */
const sample = fc
  .tuple(fc.boolean(), netns, figure, figure, fc.boolean())
  .map(([ofProbes, where, first, second, both]): SampleRecord => {
    if (ofProbes)
      return probes(0, { 'probe.insert': first, ...(both ? { 'probe.syn': second } : {}) }, where);
    return kernel(
      0,
      { 'nf_conntrack.drop': first, ...(both ? { 'net.netfilter.nf_conntrack_count': second } : {}) },
      where,
    );
  });

const record: fc.Arbitrary<StreamRecord> = fc.oneof(
  { weight: 6, arbitrary: sample },
  { weight: 3, arbitrary: fc.constant(tick(0)) },
  fc.constantFrom(gap(0, 'kernel'), gap(0, 'bpftrace')),
  fc.nat({ max: 2 }).map((acceptQueue) => listening(0, { acceptQueue })),
  fc.nat({ max: 2 }).map((fds): StreamRecord => ({
    type: 'processes',
    elapsedMs: 0,
    processes: [{ pid: 1, comm: 'x', fds, fdLimit: 9 }],
  })),
  fc
    .tuple(netns, fc.constantFrom('a', 'b'))
    .map(([where, label]): StreamRecord => ({ type: 'netns', elapsedMs: 0, netns: where, label })),
  fc.nat({ max: 2 }).map((lostEvents): StreamRecord => ({ ...COVERAGE, lostEvents })),
);

const stream = fc
  .array(fc.tuple(record, fc.constantFrom(0, 1, 400, 1000, 5000)), { maxLength: 40 })
  .map((steps) => {
    let elapsedMs = 0;
    return steps.map(([one, pauseMs]): StreamRecord => ({ ...one, elapsedMs: (elapsedMs += pauseMs) }));
  });

/** When an unchanged coverage was last repeated is the one thing that a compact stream does not tell. */
function told(frames: readonly Frame[]): object[] {
  return frames.map((frame) => ({
    ...frame,
    coverage: frame.coverage === null ? null : { ...frame.coverage, elapsedMs: 0 },
  }));
}

it('folds to the same frames when what is unchanged is left out', () => {
  fc.assert(
    fc.property(stream, (full) => {
      const compact = createCompactor().compact;
      const short = full.flatMap((streamRecord) => compact(streamRecord) ?? []);
      expect(told(framesOf(short))).toEqual(told(framesOf(full)));
    }),
    { numRuns: 1000 },
  );
});

it('leaves out unchanged figures and lists, each namespace, source and name apart', () => {
  const compact = createCompactor().compact;
  const name = (label: string, where: number): StreamRecord => ({
    type: 'netns',
    elapsedMs: 9,
    netns: where,
    label,
  });
  const rows: (readonly [record: StreamRecord, left: StreamRecord | null])[] = [
    [
      kernel(0, { 'softnet.dropped': 0, 'fs.file-max': null }),
      kernel(0, { 'softnet.dropped': 0, 'fs.file-max': null }),
    ],
    [kernel(1, { 'softnet.dropped': 0, 'fs.file-max': 5 }), kernel(1, { 'fs.file-max': 5 })],
    [kernel(2, { 'softnet.dropped': 0 }), kernel(2, {})],
    [kernel(2, { 'softnet.dropped': 0 }, CONTAINER), kernel(2, { 'softnet.dropped': 0 }, CONTAINER)],
    [probes(2, { 'softnet.dropped': 0 }), probes(2, { 'softnet.dropped': 0 })],
    [kernel(3, { 'softnet.dropped': null }), kernel(3, { 'softnet.dropped': null })],
    [listening(1, {}), listening(1, {})],
    [listening(2, {}), null],
    [listening(3), listening(3)],
    [name('pod', CONTAINER), name('pod', CONTAINER)],
    [name('pod', HOST), name('pod', HOST)],
    [name('pod', CONTAINER), null],
    [tick(1), tick(1)],
    [tick(1), tick(1)],
    [gap(1, 'kernel'), gap(1, 'kernel')],
    [gap(1, 'kernel'), gap(1, 'kernel')],
  ];
  expect(rows.map(([one]) => compact(one))).toEqual(rows.map(([, left]) => left));
});

it('begins again with what stands of namespaces that are told of seldom, and tells the others whole', () => {
  const { compact, restart } = createCompactor();
  const seldom = { ...kernel(1000, { 'Tcp.CurrEstab': 3 }, CONTAINER), holdsMs: 1_000_000 };
  compact(seldom);
  compact(kernel(899_000, { 'softnet.dropped': 0 }));
  expect(restart(900_000)).toEqual([{ ...seldom, elapsedMs: 900_000 }]);
  expect(compact({ ...seldom, elapsedMs: 900_500 })).toEqual({ ...seldom, elapsedMs: 900_500, values: {} });
  expect(compact(kernel(901_000, {}))).toEqual(kernel(901_000, { 'softnet.dropped': 0 }));
  expect(restart(2_000_000)).toEqual([]);
});
