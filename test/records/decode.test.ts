import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeader, decodeRecord, DecodeError } from '../../src/records/index.js';
import type { StreamRecord } from '../../src/records/index.js';
import { COVERAGE, gap, HEADER, kernel, LISTENER, listening, tick } from '../scenarios/stream.js';

const RECORDS: readonly StreamRecord[] = [
  kernel(254, { 'net.netfilter.nf_conntrack_count': 65_536, 'nf_conntrack.drop': null }),
  kernel(254, {}),
  tick(1000.5),
  listening(
    1,
    {},
    {
      address: '::',
      inode: null,
      acceptQueue: null,
      backlog: null,
      drops: null,
      overflows: null,
      owner: null,
    },
  ),
  {
    type: 'processes',
    elapsedMs: 2,
    processes: [
      { pid: 1, comm: 'init', fds: 20, fdLimit: 1024 },
      { pid: 2, comm: '', fds: null, fdLimit: null },
    ],
  },
  { type: 'netns', elapsedMs: 3, netns: 4026532291, label: 'netns server' },
  {
    ...COVERAGE,
    hooks: [
      ...COVERAGE.hooks,
      { hook: 'tcp-syn', state: 'missing', variant: null, reason: 'no such function' },
    ],
    unreadable: [{ what: 'conntrack', why: 'nf_conntrack is not loaded' }],
  },
  { ...COVERAGE, probes: 'off', reason: 'not root', bpftraceVersion: null, hooks: [] },
  {
    ...COVERAGE,
    unread: [
      { kind: 'namespaces', count: 2, names: ['4026532291', 'netns router'], why: 'EACCES' },
      { kind: 'processes', count: null, names: [], why: 'only root may' },
    ],
    unwatched: [{ id: 'open-vswitch', seen: 'module openvswitch, 12 references' }],
  },
  gap(5000, 'bpftrace'),
  { type: 'end', elapsedMs: 9, reason: 'SIGINT' },
];

function failure(input: unknown, decode: (input: unknown) => unknown = decodeRecord): DecodeError | null {
  try {
    decode(input);
    return null;
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}

describe('a record that was written', () => {
  it.each(RECORDS.map((record) => [record.type, record] as const))(
    'is read back as it was: %s',
    (_type, record) => {
      expect(decodeRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
    },
  );

  it('loses fields that this version does not know', () => {
    expect(decodeRecord({ ...tick(1), colour: 'red' })).toEqual(tick(1));
  });

  it('leaves out a metric of a later version and keeps the others', () => {
    const later = {
      ...kernel(1, { 'softnet.dropped': 4 }),
      values: { 'softnet.dropped': 4, 'new.metric': 'x' },
    };
    expect(decodeRecord(later)).toEqual(kernel(1, { 'softnet.dropped': 4 }));
  });

  it('leaves out what later versions may not read or not look at, and keeps the others', () => {
    const known = {
      unread: [{ kind: 'processes' as const, count: 1, names: ['nginx(812)'], why: 'EACCES' }],
      unwatched: [{ id: 'ipvs' as const, seen: '3 services' }],
    };
    const later = {
      ...COVERAGE,
      unread: [...known.unread, { kind: 'wormholes', count: 1, names: [], why: 'dark' }],
      unwatched: [...known.unwatched, { id: 'warp', seen: 'drive' }],
    };
    expect(decodeRecord(later)).toEqual({ ...COVERAGE, ...known });
  });

  it('is kept as unknown when its type is of a later version', () => {
    expect(decodeRecord({ type: 'weather', elapsedMs: 7, rain: true })).toEqual({
      type: 'unknown',
      elapsedMs: 7,
      originalType: 'weather',
    });
  });
});

/** The same object, but for one field that only its prototype has. */
function inherited<T extends object>(from: T, field: keyof T): T {
  const { [field]: moved, ...rest } = from;
  return Object.assign(Object.create({ [field]: moved }) as object, rest) as T;
}

const sample = kernel(1, {});
const MALFORMED: readonly (readonly [what: string, input: unknown, path: string])[] = [
  ['nothing', undefined, 'record'],
  ['null', null, 'record'],
  ['text', 'sample', 'record'],
  ['a list', [sample], 'record'],
  ['no type', { elapsedMs: 1 }, 'type'],
  ['a type that is no text', { type: 4, elapsedMs: 1 }, 'type'],
  ['no time', { type: 'tick' }, 'elapsedMs'],
  ['no time in an unknown type', { type: 'weather' }, 'elapsedMs'],
  ['a time as text', { type: 'tick', elapsedMs: '1' }, 'elapsedMs'],
  ['NaN', { type: 'tick', elapsedMs: NaN }, 'elapsedMs'],
  ['infinity', { type: 'tick', elapsedMs: Infinity }, 'elapsedMs'],
  ['1e999, which JSON reads as infinity', JSON.parse('{"type":"tick","elapsedMs":1e999}'), 'elapsedMs'],
  ['a negative time', { type: 'tick', elapsedMs: -1 }, 'elapsedMs'],
  ['a time beyond all dates', { type: 'tick', elapsedMs: 8e15 }, 'elapsedMs'],
  ['a source of no such name', { ...sample, source: 'ebpf' }, 'source'],
  ['values as a list', { ...sample, values: [] }, 'values'],
  ['no values', { ...sample, values: undefined }, 'values'],
  ['a figure as text', { ...sample, values: { 'softnet.dropped': '4' } }, 'softnet.dropped'],
  ['a negative figure', { ...sample, values: { 'softnet.dropped': -4 } }, 'softnet.dropped'],
  ['half a figure', { ...sample, values: { 'softnet.dropped': 0.5 } }, 'softnet.dropped'],
  [
    'a figure too large to be exact',
    { ...sample, values: { 'softnet.dropped': 2 ** 53 } },
    'softnet.dropped',
  ],
  [
    'a figure that is missing by value',
    { ...sample, values: { 'softnet.dropped': undefined } },
    'softnet.dropped',
  ],
  ['a negative namespace', { ...sample, netns: -1 }, 'netns'],
  ['listeners that are no list', { type: 'listeners', elapsedMs: 1, listeners: {} }, 'listeners'],
  ['a listener that is null', { type: 'listeners', elapsedMs: 1, listeners: [null] }, 'listeners[0].item'],
  [
    'a port as text in the second listener',
    { type: 'listeners', elapsedMs: 1, listeners: [LISTENER, { ...LISTENER, port: '80' }] },
    'listeners[1].port',
  ],
  [
    'an owner without a pid',
    { type: 'listeners', elapsedMs: 1, listeners: [{ ...LISTENER, owner: { comm: 'x' } }] },
    'listeners[0].pid',
  ],
  ['an owner that is missing', listening(1, { owner: undefined as never }), 'listeners[0].owner'],
  [
    'a list beyond all hosts',
    { type: 'processes', elapsedMs: 1, processes: Array(100_001).fill(null) },
    'processes',
  ],
  ['a state of no such name', { ...COVERAGE, probes: 'maybe' }, 'probes'],
  ['a hook of no such state', { ...COVERAGE, hooks: [{ ...COVERAGE.hooks[0], state: 1 }] }, 'hooks[0].state'],
  ['a gap without a beginning', { ...gap(1, 'kernel'), fromMs: undefined }, 'fromMs'],
  ['an end without a reason', { type: 'end', elapsedMs: 1 }, 'reason'],
];

describe('a malformed record', () => {
  it.each(MALFORMED)('says where it is wrong: %s', (_what, input, path) => {
    expect(failure(input)?.path).toBe(path);
  });

  it('never throws anything but DecodeError', () => {
    const types = ['sample', 'tick', 'listeners', 'processes', 'netns', 'coverage', 'gap', 'end', 'other'];
    const shaped = fc.record(
      {
        type: fc.constantFrom(...types),
        elapsedMs: fc.oneof(fc.nat(), fc.jsonValue()),
        source: fc.oneof(fc.constantFrom('kernel', 'bpftrace'), fc.jsonValue()),
        netns: fc.oneof(fc.nat(), fc.jsonValue()),
        values: fc.oneof(
          fc.dictionary(fc.constantFrom('softnet.dropped', '__proto__', 'x'), fc.jsonValue()),
          fc.jsonValue(),
        ),
        listeners: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
        hooks: fc.jsonValue(),
        reason: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), shaped), (value) => {
        // Whatever is accepted is accepted again, unchanged: decoding is a projection.
        const input: unknown = JSON.parse(JSON.stringify(value));
        if (failure(input) !== null) return;
        const once = decodeRecord(input);
        if (once.type !== 'unknown') expect(decodeRecord(JSON.parse(JSON.stringify(once)))).toEqual(once);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('hostile names', () => {
  it('reach no prototype', () => {
    const line =
      '{"type":"sample","elapsedMs":1,"source":"kernel","netns":1,"values":{"__proto__":{"polluted":1},"constructor":2,"toString":3,"softnet.dropped":4}}';
    const decoded = decodeRecord(JSON.parse(line));
    expect(decoded).toEqual(kernel(1, { 'softnet.dropped': 4 }, 1));
    expect(decoded.type === 'sample' && Object.keys(decoded.values)).toEqual(['softnet.dropped']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('stay an unknown type: %s', (type) => {
    expect(decodeRecord({ type, elapsedMs: 1 })).toMatchObject({ type: 'unknown', originalType: type });
  });

  it.each([
    ['a field', inherited(tick(1), 'type'), 'type'],
    ['the values', inherited(sample, 'values'), 'values'],
    [
      'a figure of an owner',
      listening(1, { owner: inherited({ pid: 1, comm: '' }, 'pid') }),
      'listeners[0].pid',
    ],
    ['an owner', { ...listening(1), listeners: [inherited(LISTENER, 'owner')] }, 'listeners[0].owner'],
  ])('are not looked up the prototype chain: %s', (_what, input: unknown, path) => {
    expect(failure(input)?.path).toBe(path);
  });
});

describe('what is too long', () => {
  it('is cut: text', () => {
    const decoded = decodeRecord({ type: 'end', elapsedMs: 1, reason: 'x'.repeat(1_000_000) });
    expect(decoded.type === 'end' && decoded.reason.length).toBe(4096);
  });

  it('is read all the same when a host can have it: a list of 100,000', () => {
    const processes = Array.from({ length: 100_000 }, (_, pid) => ({
      pid,
      comm: 'x',
      fds: null,
      fdLimit: null,
    }));
    const decoded = decodeRecord({ type: 'processes', elapsedMs: 1, processes });
    expect(decoded.type === 'processes' && decoded.processes.length).toBe(100_000);
  });
});

it('reads minus zero as zero, so that nobody is shown -0', () => {
  const decoded = decodeRecord(
    JSON.parse(
      '{"type":"sample","elapsedMs":1,"source":"kernel","netns":-0,"values":{"softnet.dropped":-0}}',
    ),
  );
  expect(decoded).toStrictEqual(kernel(1, { 'softnet.dropped': 0 }, 0));
});

describe('a header', () => {
  it('is read back as it was', () => {
    expect(decodeHeader(JSON.parse(JSON.stringify(HEADER)))).toEqual(HEADER);
    expect(decodeHeader({ ...HEADER, netns: null, memTotalBytes: null, bootId: null })).toEqual({
      ...HEADER,
      netns: null,
      memTotalBytes: null,
      bootId: null,
    });
  });

  it('has the size of a page where that is one', () => {
    expect(decodeHeader({ ...HEADER, pageBytes: 65_536 })).toEqual({ ...HEADER, pageBytes: 65_536 });
    for (const pageBytes of [1, '4096', null, 2 ** 40])
      expect(decodeHeader({ ...HEADER, pageBytes })).toEqual(HEADER);
  });

  it.each([
    ['no object', null, 'header'],
    ['no start', { ...HEADER, startedAtMs: undefined }, 'startedAtMs'],
    ['a start beyond all dates', { ...HEADER, startedAtMs: 8.64e15 }, 'startedAtMs'],
    ['a host that is a number', { ...HEADER, host: 7 }, 'host'],
    ['an interval of 0', { ...HEADER, intervalMs: 0 }, 'intervalMs'],
    ['a namespace that is missing', { ...HEADER, netns: undefined }, 'netns'],
  ])('says where it is wrong: %s', (_what, input, path) => {
    expect(failure(input, decodeHeader)?.path).toBe(path);
  });

  it('and any record of its stream make a date', () => {
    fc.assert(
      fc.property(fc.double({ min: 0 }), fc.double({ min: 0 }), (startedAtMs, elapsedMs) => {
        if (failure({ ...HEADER, startedAtMs }, decodeHeader) ?? failure(tick(elapsedMs))) return;
        expect(() => new Date(startedAtMs + elapsedMs).toISOString()).not.toThrow();
      }),
      { examples: [[4e15, 4e15]] },
    );
  });
});
