import type { SettingDrift } from '../limits/index.js';
import type { ElapsedMs, Listener, MetricName, Netns, PortUse, ProcessUse } from '../records/index.js';

/** Closed list of what ctdiag can find; each has its section in docs/findings.md. */
export const FINDING_CODES = [
  'conntrack-table-full',
  'conntrack-table-filling',
  'conntrack-early-drop',
  'conntrack-insert-failed',
  'conntrack-buckets-undersized',
  'nat-ports-exhausted',
  'accept-queue-overflow',
  'syn-queue-overflow',
  'process-fd-limit',
  'system-file-limit',
  'sysctl-not-persistent',
  'time-wait-overflow',
  'ephemeral-ports-exhausted',
  'firewall-drop',
  'neighbour-table-overflow',
  'netdev-backlog-drop',
  'cloud-conntrack-allowance',
  'orphan-limit',
  'tcp-memory',
  'task-limit',
  'map-count-limit',
  'application-limit',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** `critical`: connections are refused now or were in the window. `warning`: they soon will be. */
export type Severity = 'critical' | 'warning';

/** For whom a figure or a finding holds. */
export type Subject =
  | { readonly kind: 'node' }
  | { readonly kind: 'netns'; readonly netns: Netns; readonly label: string | null }
  | { readonly kind: 'listener'; readonly listener: Listener; readonly netnsLabel: string | null }
  | { readonly kind: 'process'; readonly process: ProcessUse }
  | { readonly kind: 'ports'; readonly ports: PortUse; readonly netnsLabel: string | null };

/** One figure that speaks for or against a finding. */
export interface Evidence {
  /** A metric, or the name of a figure that is no metric (`sk_ack_backlog`, `RLIMIT_NOFILE`). */
  readonly metric:
    | MetricName
    | 'sk_ack_backlog'
    | 'RLIMIT_NOFILE'
    | 'mappings'
    | 'pids.current'
    | 'pids.events'
    | 'listener.overflows'
    | 'setting.file'
    | 'setting.default'
    | 'coverage'
    | 'local-ports'
    | 'local-ports.time-wait';
  /** `growth` is what a counter gained in the window; `level` is a gauge or limit; `rate` is per second. */
  readonly measure: 'growth' | 'level' | 'rate';
  /** `null` is unknown. */
  readonly value: number | null;
  /** The limit beside it, `null` when there is none. */
  readonly limit: number | null;
  readonly source: 'bpftrace' | 'kernel';
  readonly subject: Subject;
}

/** The three figures of tcp_mem, in pages. */
export type Pages = readonly [low: number, pressure: number, max: number];

/** A remedy; its command, persistent form, effect and caveat are worded in render. */
export type Fix =
  | {
      readonly id: 'raise-conntrack-max';
      readonly from: number;
      readonly to: number;
      /** `null` where the hash is large enough for the new limit. */
      readonly buckets: { readonly from: number; readonly to: number } | null;
      /** The slab object of one entry, as this kernel says or as documented. */
      readonly entryBytes: number;
      readonly entryBytesMeasured: boolean;
      /** What the further entries and buckets cost when the table is full. */
      readonly bytes: number;
    }
  | {
      readonly id: 'raise-backlog';
      readonly listener: Listener;
      readonly somaxconn: number | null;
      /** What somaxconn is to be raised to; `null` where it does not cap the queue, or is unknown. */
      readonly somaxconnTo: number | null;
    }
  | { readonly id: 'fix-accept-loop'; readonly listener: Listener }
  | { readonly id: 'find-listener' }
  | {
      readonly id: 'keep-sysctl';
      readonly setting: SettingDrift;
      readonly reader: 'systemd-sysctl' | 'procps' | null;
    }
  | { readonly id: 'raise-nofile'; readonly process: ProcessUse; readonly from: number; readonly to: number }
  | { readonly id: 'find-process-at-nofile' }
  | { readonly id: 'raise-file-max'; readonly from: number; readonly to: number }
  | { readonly id: 'raise-max-orphans'; readonly from: number; readonly to: number }
  | { readonly id: 'raise-tcp-mem'; readonly from: Pages; readonly to: Pages }
  | { readonly id: 'raise-pids-max'; readonly cgroup: string; readonly from: number; readonly to: number }
  | { readonly id: 'raise-threads-max'; readonly from: number; readonly to: number }
  | { readonly id: 'raise-pid-max'; readonly from: number; readonly to: number }
  | { readonly id: 'raise-max-map-count'; readonly from: number; readonly to: number }
  | { readonly id: 'look-at-application' }
  | { readonly id: 'enable-syncookies' }
  | NetworkFix;

/** Remedies of the network's limits. */
export type NetworkFix =
  | {
      readonly id: 'raise-conntrack-buckets';
      readonly from: number;
      readonly to: number;
    }
  | { readonly id: 'widen-nat'; readonly subject: Subject }
  | { readonly id: 'shorten-time-wait'; readonly subject: Subject }
  | { readonly id: 'find-clashes'; readonly subject: Subject }
  /** `port` is what the dropped SYNs asked for, `null` when it is not known. */
  | { readonly id: 'find-firewall-rule'; readonly subject: Subject; readonly port: number | null }
  | {
      readonly id: 'raise-gc-thresh';
      readonly family: 'ipv4' | 'ipv6';
      readonly from: number;
      readonly to: number;
    }
  | {
      readonly id: 'widen-port-range';
      readonly subject: Subject;
      readonly low: number;
      readonly high: number;
    }
  | { readonly id: 'reuse-time-wait'; readonly subject: Subject; readonly from: number }
  | { readonly id: 'more-addresses'; readonly ports: PortUse }
  | { readonly id: 'raise-netdev-backlog'; readonly from: number; readonly to: number }
  | { readonly id: 'leave-cloud-tracking' };

/** One diagnosed cause, as data. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** 0 to 1; what it rests on is in `confidenceReasons`. */
  readonly confidence: number;
  readonly confidenceReasons: readonly ConfidenceReason[];
  readonly subject: Subject;
  /** Connections refused in the window; the order of findings of one severity. `null` when not countable. */
  readonly refused: number | null;
  /** Refused per second now; `null` when unknown. */
  readonly refusedPerSec: number | null;
  readonly evidence: readonly Evidence[];
  readonly against: readonly Evidence[];
  readonly sinceMs: ElapsedMs;
  /** When it was last seen to happen; `null` while it goes on. */
  readonly untilMs: ElapsedMs | null;
  /** The finding that this one follows from. */
  readonly causedBy: FindingCode | null;
  /** Of `sysctl-not-persistent`: where the setting is set. */
  readonly setting?: SettingDrift;
  readonly fixes: readonly Fix[];
}

/** Why a confidence is what it is. */
export type ConfidenceReason =
  | 'probe-and-counter-agree'
  | 'probe-alone'
  | 'probe-and-counter-differ'
  | 'counter-and-level'
  | 'file-and-default'
  | 'file-untried'
  | 'files-alone'
  | 'listener-named'
  | 'host-counter-only'
  | 'level-alone'
  | 'level-and-queue'
  | 'counter-alone'
  | 'ports-and-eaddrnotavail'
  | 'no-look-at-ports'
  | 'counter-and-nat'
  | 'counter-nat-unknown'
  | 'source-rewritten'
  | 'chains-short-now'
  | 'syns-to-listener'
  | 'syns-to-one-port'
  | 'own-syns-dropped'
  | 'no-syns'
  | 'errno-seen'
  | 'memory-ruled-out'
  | 'inferred-from-closes'
  | 'records-lost'
  | 'gap-in-window';

/** The outcome of a diagnosis, most severe finding deciding; `unknown` when nothing could be seen. */
export type Status = 'ok' | 'warning' | 'critical' | 'unknown';

/** How well a capture could be read. */
export interface Reading {
  /** Lines that could not be read: what they said is not known. 0 when live. */
  readonly damagedLines: number;
  /** It ends without the recorder's own end: it was cut, or its recorder was killed, or is at work still. */
  readonly cutOff: boolean;
}

/** A capture that is whole, or this host live. */
export const READ_WHOLE: Reading = { damagedLines: 0, cutOff: false };

/** What `diagnose` returns. */
export interface Diagnosis {
  readonly status: Status;
  /** Root cause first. */
  readonly findings: readonly Finding[];
  readonly reading: Reading;
  readonly window: { readonly fromMs: ElapsedMs; readonly toMs: ElapsedMs; readonly frameCount: number };
}
