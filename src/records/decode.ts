import {
  count,
  counts,
  list,
  nullable,
  object,
  oneOf,
  own,
  text,
  texts,
  time,
  DecodeError,
} from './decode-fields.js';
import type { Fields } from './decode-fields.js';
import { decodeSettings } from './decode-settings.js';
import { isMetricName } from './metrics.js';
import type { MetricName } from './metrics.js';
import { UNREAD_KINDS, UNWATCHED_PATHS } from './record.js';
import type {
  CoverageRecord,
  ErlangLimits,
  FlowGroup,
  HookCoverage,
  Listener,
  Owner,
  PortUse,
  ProcessUse,
  SourceName,
  StreamHeader,
  StreamRecord,
  TaskUse,
  UnreadGroup,
  UnwatchedPath,
} from './record.js';

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
        source: decodeSource(fields),
        netns: count(fields, 'netns'),
        values: decodeValues(fields),
        ...(own(fields, 'holdsMs') === undefined ? {} : { holdsMs: time(fields, 'holdsMs') }),
      };
    case 'tick':
      return { type, elapsedMs };
    case 'listeners':
      return { type, elapsedMs, listeners: list(fields, 'listeners', decodeListener) };
    case 'processes':
      return { type, elapsedMs, processes: list(fields, 'processes', decodeProcessUse) };
    case 'flows':
      return {
        type,
        elapsedMs,
        sinceMs: time(fields, 'sinceMs'),
        refused: list(fields, 'refused', decodeFlowGroup),
        refusedOthers: count(fields, 'refusedOthers'),
        opened: list(fields, 'opened', decodeFlowGroup),
        openedOthers: count(fields, 'openedOthers'),
      };
    case 'ports':
      return {
        type,
        elapsedMs,
        looked: counts(fields, 'looked'),
        ports: list(fields, 'ports', decodePortUse),
      };
    case 'netns':
      return { type, elapsedMs, netns: count(fields, 'netns'), label: text(fields, 'label') };
    case 'coverage':
      return decodeCoverage(fields, elapsedMs);
    case 'settings':
      return decodeSettings(fields, elapsedMs);
    case 'gap':
      return {
        type,
        elapsedMs,
        source: decodeSource(fields),
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
  const pageBytes = own(fields, 'pageBytes');
  if (intervalMs < 1) throw new DecodeError('intervalMs', 'a positive number of milliseconds');
  return {
    startedAtMs: time(fields, 'startedAtMs'),
    host: text(fields, 'host'),
    kernel: text(fields, 'kernel'),
    ctdiag: text(fields, 'ctdiag'),
    netns: nullable(fields, 'netns', count),
    memTotalBytes: nullable(fields, 'memTotalBytes', count),
    ...(isPageSize(pageBytes) ? { pageBytes } : {}),
    bootId: nullable(fields, 'bootId', text),
    intervalMs,
  };
}

/** 4 KiB to 64 KiB on every kernel that there is; anything else is left out. */
function isPageSize(value: unknown): value is number {
  return value === 4096 || value === 8192 || value === 16_384 || value === 65_536;
}

function decodeCoverage(fields: Fields, elapsedMs: number): CoverageRecord {
  return {
    type: 'coverage',
    elapsedMs,
    probes: oneOf(fields, 'probes', ['off', 'starting', 'attached', 'failed']),
    reason: nullable(fields, 'reason', text),
    bpftraceVersion: nullable(fields, 'bpftraceVersion', text),
    hooks: list(fields, 'hooks', decodeHook),
    lostEvents: count(fields, 'lostEvents'),
    badLines: count(fields, 'badLines'),
    unreadable: list(fields, 'unreadable', (item) => ({ what: text(item, 'what'), why: text(item, 'why') })),
    // Captures from before these were looked for do not have them; kinds of later versions are left out.
    ...(own(fields, 'unread') === undefined
      ? {}
      : { unread: list(fields, 'unread', decodeUnreadGroup).filter((group) => group !== null) }),
    ...(own(fields, 'unwatched') === undefined
      ? {}
      : { unwatched: list(fields, 'unwatched', decodeUnwatchedPath).filter((path) => path !== null) }),
  };
}

function decodeUnreadGroup(fields: Fields): UnreadGroup | null {
  const kind = UNREAD_KINDS.find((known) => known === text(fields, 'kind'));
  const group = {
    count: nullable(fields, 'count', count),
    names: texts(fields, 'names'),
    why: text(fields, 'why'),
  };
  return kind === undefined ? null : { kind, ...group };
}

function decodeUnwatchedPath(fields: Fields): UnwatchedPath | null {
  const id = UNWATCHED_PATHS.find((known) => known === text(fields, 'id'));
  const seen = text(fields, 'seen');
  return id === undefined ? null : { id, seen };
}

function decodeHook(fields: Fields): HookCoverage {
  return {
    hook: text(fields, 'hook'),
    state: oneOf(fields, 'state', ['attached', 'pending', 'missing', 'failed']),
    variant: nullable(fields, 'variant', text),
    reason: nullable(fields, 'reason', text),
  };
}

function decodeListener(fields: Fields): Listener {
  return {
    netns: count(fields, 'netns'),
    address: text(fields, 'address'),
    port: count(fields, 'port'),
    inode: nullable(fields, 'inode', count),
    acceptQueue: nullable(fields, 'acceptQueue', count),
    backlog: nullable(fields, 'backlog', count),
    drops: nullable(fields, 'drops', count),
    overflows: nullable(fields, 'overflows', count),
    owner: nullable(fields, 'owner', (from, name) => decodeOwner(object(own(from, name), name))),
  };
}

function decodeFlowGroup(fields: Fields): FlowGroup {
  return {
    netns: count(fields, 'netns'),
    source: text(fields, 'source'),
    destination: text(fields, 'destination'),
    port: nullable(fields, 'port', count),
    protocol: text(fields, 'protocol'),
    count: count(fields, 'count'),
  };
}

function decodePortUse(fields: Fields): PortUse {
  const reserved = own(fields, 'reserved') === undefined ? null : count(fields, 'reserved');
  return {
    netns: count(fields, 'netns'),
    source: text(fields, 'source'),
    destination: text(fields, 'destination'),
    port: count(fields, 'port'),
    used: count(fields, 'used'),
    timeWait: count(fields, 'timeWait'),
    ...(reserved === null ? {} : { reserved }),
  };
}

function decodeOwner(fields: Fields): Owner {
  return { pid: count(fields, 'pid'), comm: text(fields, 'comm') };
}

function decodeProcessUse(fields: Fields): ProcessUse {
  return {
    ...decodeOwner(fields),
    fds: nullable(fields, 'fds', count),
    fdLimit: nullable(fields, 'fdLimit', count),
    // Captures from before these were looked for do not have them.
    ...(own(fields, 'fdHardLimit') === undefined
      ? {}
      : { fdHardLimit: nullable(fields, 'fdHardLimit', count) }),
    ...(own(fields, 'cgroup') === undefined ? {} : { cgroup: text(fields, 'cgroup') }),
    ...(own(fields, 'erlang') === undefined
      ? {}
      : { erlang: erlangLimits(object(own(fields, 'erlang'), 'erlang')) }),
    ...(own(fields, 'maps') === undefined ? {} : { maps: nullable(fields, 'maps', count) }),
    ...(own(fields, 'tasks') === undefined
      ? {}
      : { tasks: decodeTaskUse(object(own(fields, 'tasks'), 'tasks')) }),
  };
}

function erlangLimits(fields: Fields): ErlangLimits {
  return { ports: count(fields, 'ports'), processes: nullable(fields, 'processes', count) };
}

function decodeTaskUse(fields: Fields): TaskUse {
  return {
    cgroup: text(fields, 'cgroup'),
    used: nullable(fields, 'used', count),
    limit: nullable(fields, 'limit', count),
    refused: nullable(fields, 'refused', count),
  };
}

function decodeValues(fields: Fields): Partial<Record<MetricName, number | null>> {
  const from = object(own(fields, 'values'), 'values');
  const decoded: Partial<Record<MetricName, number | null>> = {};
  for (const name of Object.keys(from)) {
    if (isMetricName(name)) decoded[name] = nullable(from, name, count);
  }
  return decoded;
}

function decodeSource(fields: Fields): SourceName {
  return oneOf(fields, 'source', ['bpftrace', 'kernel']);
}
