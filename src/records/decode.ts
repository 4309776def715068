import { isMetricName } from './metrics.js';
import type { MetricName } from './metrics.js';
import type {
  CoverageRecord,
  FlowGroup,
  HookCoverage,
  Listener,
  Owner,
  ProcessUse,
  SourceName,
  StreamHeader,
  StreamRecord,
} from './record.js';

/** Untrusted input is not what it should be: `path` says where, `expected` what was wanted there. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  constructor(
    readonly path: string,
    readonly expected: string,
  ) {
    super(`${path}: expected ${expected}`);
  }
}

/** Longest text and list taken from a file; what a host can have is far below. */
const MAX_TEXT = 4096;
const MAX_ITEMS = 100_000;
/** Half of what a Date holds, so that start plus elapsed time is still a date. */
const MAX_TIME_MS = 4e15;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Decodes one parsed line of a stream. Unknown types become an `unknown` record; unknown metrics are left
 * out (they are of a later version). Throws {@link DecodeError} when a known type is malformed.
 */
export function decodeRecord(input: unknown): StreamRecord {
  const fields = object(input, 'record');
  const type = text(fields, 'type');
  const elapsedMs = time(fields, 'elapsedMs');
  switch (type) {
    case 'sample':
      return {
        type,
        elapsedMs,
        source: source(fields),
        netns: count(fields, 'netns'),
        values: values(fields),
      };
    case 'tick':
      return { type, elapsedMs };
    case 'listeners':
      return { type, elapsedMs, listeners: list(fields, 'listeners', listener) };
    case 'processes':
      return { type, elapsedMs, processes: list(fields, 'processes', processUse) };
    case 'flows':
      return {
        type,
        elapsedMs,
        sinceMs: time(fields, 'sinceMs'),
        refused: list(fields, 'refused', flowGroup),
        refusedOthers: count(fields, 'refusedOthers'),
        opened: list(fields, 'opened', flowGroup),
        openedOthers: count(fields, 'openedOthers'),
      };
    case 'netns':
      return { type, elapsedMs, netns: count(fields, 'netns'), label: text(fields, 'label') };
    case 'coverage':
      return coverage(fields, elapsedMs);
    case 'gap':
      return {
        type,
        elapsedMs,
        source: source(fields),
        fromMs: time(fields, 'fromMs'),
        reason: text(fields, 'reason'),
      };
    case 'dropped':
      return { type, elapsedMs, fromMs: time(fields, 'fromMs'), records: count(fields, 'records') };
    case 'mark':
      return { type, elapsedMs, note: text(fields, 'note') };
    case 'end':
      return { type, elapsedMs, reason: text(fields, 'reason') };
    default:
      return { type: 'unknown', elapsedMs, originalType: type };
  }
}

/** Decodes the stream part of a header; throws {@link DecodeError} when it is malformed. */
export function decodeHeader(input: unknown): StreamHeader {
  const fields = object(input, 'header');
  const intervalMs = time(fields, 'intervalMs');
  if (intervalMs < 1) throw new DecodeError('intervalMs', 'a positive number of milliseconds');
  return {
    startedAtMs: time(fields, 'startedAtMs'),
    host: text(fields, 'host'),
    kernel: text(fields, 'kernel'),
    ctdiag: text(fields, 'ctdiag'),
    netns: nullable(fields, 'netns', count),
    memTotalBytes: nullable(fields, 'memTotalBytes', count),
    bootId: nullable(fields, 'bootId', text),
    intervalMs,
  };
}

function coverage(fields: Fields, elapsedMs: number): CoverageRecord {
  return {
    type: 'coverage',
    elapsedMs,
    probes: oneOf(fields, 'probes', ['off', 'starting', 'attached', 'failed']),
    reason: nullable(fields, 'reason', text),
    bpftraceVersion: nullable(fields, 'bpftraceVersion', text),
    hooks: list(fields, 'hooks', hook),
    lostEvents: count(fields, 'lostEvents'),
    badLines: count(fields, 'badLines'),
    unreadable: list(fields, 'unreadable', (one) => ({ what: text(one, 'what'), why: text(one, 'why') })),
  };
}

function hook(fields: Fields): HookCoverage {
  return {
    hook: text(fields, 'hook'),
    state: oneOf(fields, 'state', ['attached', 'pending', 'missing', 'failed']),
    variant: nullable(fields, 'variant', text),
    reason: nullable(fields, 'reason', text),
  };
}

function listener(fields: Fields): Listener {
  return {
    netns: count(fields, 'netns'),
    address: text(fields, 'address'),
    port: count(fields, 'port'),
    inode: nullable(fields, 'inode', count),
    acceptQueue: nullable(fields, 'acceptQueue', count),
    backlog: nullable(fields, 'backlog', count),
    drops: nullable(fields, 'drops', count),
    overflows: nullable(fields, 'overflows', count),
    owner: nullable(fields, 'owner', (from, name) => owner(object(own(from, name), name))),
  };
}

function flowGroup(fields: Fields): FlowGroup {
  return {
    netns: count(fields, 'netns'),
    source: text(fields, 'source'),
    destination: text(fields, 'destination'),
    port: nullable(fields, 'port', count),
    protocol: text(fields, 'protocol'),
    count: count(fields, 'count'),
  };
}

function owner(fields: Fields): Owner {
  return { pid: count(fields, 'pid'), comm: text(fields, 'comm') };
}

function processUse(fields: Fields): ProcessUse {
  return {
    ...owner(fields),
    fds: nullable(fields, 'fds', count),
    fdLimit: nullable(fields, 'fdLimit', count),
  };
}

function values(fields: Fields): Partial<Record<MetricName, number | null>> {
  const from = object(own(fields, 'values'), 'values');
  const decoded: Partial<Record<MetricName, number | null>> = {};
  for (const name of Object.keys(from)) {
    if (isMetricName(name)) decoded[name] = nullable(from, name, count);
  }
  return decoded;
}

function object(input: unknown, path: string): Fields {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new DecodeError(path, 'an object');
  return input as Fields;
}

function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function text(fields: Fields, name: string): string {
  const value = own(fields, name);
  if (typeof value !== 'string') throw new DecodeError(name, 'text');
  return value.length > MAX_TEXT ? value.slice(0, MAX_TEXT) : value;
}

function time(fields: Fields, name: string): number {
  const value = own(fields, name);
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > MAX_TIME_MS)
    throw new DecodeError(name, 'a time in milliseconds');
  return value;
}

function count(fields: Fields, name: string): number {
  const value = own(fields, name);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new DecodeError(name, 'a whole number, 0 or more');
  // JSON has a -0, which people would be shown.
  return value === 0 ? 0 : value;
}

function nullable<T>(fields: Fields, name: string, decode: (fields: Fields, name: string) => T): T | null {
  return own(fields, name) === null ? null : decode(fields, name);
}

function oneOf<const T extends string>(fields: Fields, name: string, allowed: readonly T[]): T {
  const value = own(fields, name);
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new DecodeError(name, `one of ${allowed.join(', ')}`);
  return found;
}

function source(fields: Fields): SourceName {
  return oneOf(fields, 'source', ['bpftrace', 'kernel']);
}

function list<T>(fields: Fields, name: string, decode: (fields: Fields) => T): T[] {
  const value = own(fields, name);
  if (!Array.isArray(value) || value.length > MAX_ITEMS) throw new DecodeError(name, 'a list');
  return value.map((one: unknown, index) => {
    try {
      return decode(object(one, 'item'));
    } catch (error) {
      if (error instanceof DecodeError)
        throw new DecodeError(`${name}[${index}].${error.path}`, error.expected);
      throw error;
    }
  });
}
