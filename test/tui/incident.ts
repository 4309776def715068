import { createSession } from '../../src/playback/session.js';
import { NODE_WIDE } from '../../src/records/index.js';
import type {
  CoverageRecord,
  Listener,
  ProcessUse,
  StreamHeader,
  StreamRecord,
} from '../../src/records/index.js';
import { COVERAGE, HOST, HEADER as STREAM_HEADER, LISTENER as STREAM_LISTENER } from '../scenarios/stream.js';
import type { ScreenState } from '../../src/playback/screen-state.js';

const MAX = 65_536;

/** 20:40:00 local time, whatever the time zone of the machine. */
const STARTED_AT_MS = new Date(2025, 10, 21, 20, 40, 0).getTime();

export const HEADER: StreamHeader = {
  ...STREAM_HEADER,
  startedAtMs: STARTED_AT_MS,
  kernel: '6.1.0-41-amd64',
};

export const LISTENER: Listener = {
  ...STREAM_LISTENER,
  address: '0.0.0.0',
  port: 1883,
  inode: 71,
  acceptQueue: 3,
  backlog: 4096,
  owner: { pid: 812, comm: 'mosquitto' },
};

const SSH: Listener = {
  ...LISTENER,
  port: 22,
  inode: 72,
  acceptQueue: 0,
  backlog: 128,
  owner: { pid: 611, comm: 'sshd' },
};

const HOOKS = ['confirm', 'early_drop', 'destroy', 'syn', 'overflow_syn', 'overflow_ack', 'bind', 'accept'];

export function coverage(changes: Partial<CoverageRecord> = {}): CoverageRecord {
  return {
    ...COVERAGE,
    hooks: HOOKS.map((hook) => ({ hook, state: 'attached', variant: 'kprobe', reason: null })),
    ...changes,
  };
}

export interface Incident {
  /** Without probes only the kernel's counters are there. */
  readonly probes?: boolean;
  readonly listeners?: readonly Listener[];
  readonly coverage?: CoverageRecord;
  readonly header?: StreamHeader;
  /** New connections per second that clients try. */
  readonly triedPerSec?: (second: number) => number;
  /** Connections per second that end. */
  readonly closedPerSec?: (second: number) => number;
  readonly netnsLabel?: string;
  /** The namespace it happens in. */
  readonly netns?: number;
  readonly overflowsPerSec?: number;
  readonly processes?: readonly ProcessUse[];
}

/** Clients open 1,500 connections a second and keep them: the table is full after about 44 s. */
const steady = (): number => 1500;

/** The stream of a host that is driven into its conntrack limit, as the sources would tell it. */
export function* incidentRecords(seconds: number, incident: Incident = {}): Generator<StreamRecord> {
  const { probes = true, listeners = [LISTENER, SSH], triedPerSec = steady } = incident;
  const netns = incident.netns ?? HOST;
  let count = 210;
  let inserted = 0;
  let refused = 0;
  let destroyed = 0;
  let overflows = 0;
  yield (
    incident.coverage ??
    coverage(probes ? {} : { probes: 'off', reason: 'not root', bpftraceVersion: null, hooks: [] })
  );
  if (incident.netnsLabel !== undefined)
    yield { type: 'netns', elapsedMs: 0, netns, label: incident.netnsLabel };
  for (let second = 0; second <= seconds; second += 1) {
    const elapsedMs = second * 1000;
    const closed = second === 0 ? 0 : (incident.closedPerSec?.(second) ?? second % 7);
    const tried = second === 0 ? 0 : triedPerSec(second);
    const accepted = Math.min(tried, MAX - count + closed);
    count += accepted - closed;
    inserted += accepted;
    destroyed += closed;
    refused += tried - accepted;
    overflows += second === 0 ? 0 : (incident.overflowsPerSec ?? 0);
    yield {
      type: 'sample',
      elapsedMs,
      source: 'kernel',
      netns: NODE_WIDE,
      values: {
        'net.netfilter.nf_conntrack_max': MAX,
        'fs.file-nr.allocated': 1344 + count,
        'fs.file-max': 9_000_000,
        'sockstat.TCP.orphan': 0,
        'net.ipv4.tcp_max_orphans': 16_384,
      },
    };
    yield {
      type: 'sample',
      elapsedMs,
      source: 'kernel',
      netns,
      values: {
        'net.netfilter.nf_conntrack_count': count,
        'nf_conntrack.drop': refused,
        'nf_conntrack.insert_failed': 0,
        'TcpExt.ListenOverflows': overflows,
        'Tcp.PassiveOpens': inserted,
        'sockstat.TCP.tw': 2110,
        'net.ipv4.tcp_max_tw_buckets': 16_384,
        'net.core.somaxconn': 4096,
      },
    };
    if (probes)
      yield {
        type: 'sample',
        elapsedMs: elapsedMs + 1,
        source: 'bpftrace',
        netns,
        values: {
          'probe.insert': inserted,
          'probe.table_full': refused,
          'probe.destroy': destroyed,
          'probe.syn': inserted,
        },
      };
    yield {
      type: 'listeners',
      elapsedMs,
      listeners: listeners.map((listener) =>
        listener.port === 1883 && (incident.overflowsPerSec ?? 0) > 0
          ? { ...listener, acceptQueue: (listener.backlog ?? 0) + 1, overflows: probes ? overflows : null }
          : listener,
      ),
    };
    yield {
      type: 'processes',
      elapsedMs,
      processes: incident.processes ?? [{ pid: 812, comm: 'mosquitto', fds: 25 + count, fdLimit: 104_857 }],
    };
    yield { type: 'tick', elapsedMs: elapsedMs + 2 };
  }
}

/** Folds records as the commands do: frames, the last minute's window, its diagnosis, verdict changes. */
export function stateOf(
  records: Iterable<StreamRecord>,
  changes: Partial<ScreenState> = {},
  header: StreamHeader = HEADER,
): ScreenState {
  const session = createSession(header, true);
  for (const record of records) session.take(record);
  return {
    mode: 'live',
    ...session.at(session.length - 1),
    frozen: false,
    speed: null,
    recording: null,
    notice: null,
    ...changes,
  };
}

/** The state of a host in the incident, `seconds` after it began. */
export function incidentState(
  seconds: number,
  incident: Incident = {},
  changes: Partial<ScreenState> = {},
): ScreenState {
  return stateOf(incidentRecords(seconds, incident), changes, incident.header ?? HEADER);
}
