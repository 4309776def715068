import { createFold, windowOf } from '../../src/model/index.js';
import type { Frame, Window } from '../../src/model/index.js';
import { NODE_WIDE } from '../../src/records/index.js';
import type {
  CoverageRecord,
  GapRecord,
  Listener,
  ListenersRecord,
  SampleRecord,
  StreamHeader,
  StreamRecord,
  TickRecord,
} from '../../src/records/index.js';

/** The namespace of the host itself, and one of a container on it. */
export const HOST = 4026531840;
export const CONTAINER = 4026532291;

export const HEADER: StreamHeader = {
  startedAtMs: 1_795_300_762_239,
  host: 'web-07',
  kernel: '6.1.0-56-amd64',
  ctdiag: '0.1.0',
  netns: HOST,
  memTotalBytes: 8 * 1024 ** 3,
  bootId: null,
  intervalMs: 1000,
};

export const LISTENER: Listener = {
  netns: HOST,
  address: '10.0.0.1',
  port: 8883,
  inode: 10_997,
  acceptQueue: 0,
  backlog: 16,
  drops: 0,
  overflows: 0,
  owner: { pid: 171, comm: 'broker' },
};

export const COVERAGE: CoverageRecord = {
  type: 'coverage',
  elapsedMs: 0,
  probes: 'attached',
  reason: null,
  bpftraceVersion: '0.17.0',
  hooks: [{ hook: 'conntrack-drop', state: 'attached', variant: 'kprobe', reason: null }],
  lostEvents: 0,
  badLines: 0,
  unreadable: [],
};

type Values = SampleRecord['values'];

export function tick(elapsedMs: number): TickRecord {
  return { type: 'tick', elapsedMs };
}

export function kernel(elapsedMs: number, values: Values, netns = HOST): SampleRecord {
  return { type: 'sample', elapsedMs, source: 'kernel', netns, values };
}

export function node(elapsedMs: number, values: Values): SampleRecord {
  return kernel(elapsedMs, values, NODE_WIDE);
}

export function probes(elapsedMs: number, values: Values, netns = HOST): SampleRecord {
  return { type: 'sample', elapsedMs, source: 'bpftrace', netns, values };
}

export function gap(elapsedMs: number, source: GapRecord['source']): GapRecord {
  return { type: 'gap', elapsedMs, source, fromMs: Math.max(0, elapsedMs - 1000), reason: 'stopped' };
}

export function listening(elapsedMs: number, ...changes: Partial<Listener>[]): ListenersRecord {
  return { type: 'listeners', elapsedMs, listeners: changes.map((change) => ({ ...LISTENER, ...change })) };
}

/** `seconds` seconds from 0 on: what `at` says of each, and a tick. */
export function everySecond(
  seconds: number,
  at: (second: number) => readonly StreamRecord[],
): StreamRecord[] {
  return Array.from({ length: seconds + 1 }, (_, second) => [...at(second), tick(second * 1000)]).flat();
}

export function framesOf(records: Iterable<StreamRecord>, header = HEADER): Frame[] {
  const fold = createFold(header);
  return [...records].flatMap((record) => fold.push(record) ?? []);
}

export function windowFrom(records: Iterable<StreamRecord>, header = HEADER): Window {
  const window = windowOf(header, framesOf(records, header));
  if (window === null) throw new Error('the records hold no tick');
  return window;
}
