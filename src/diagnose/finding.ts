import type { SettingDrift } from '../limits/index.js';
import type { ElapsedMs, MetricName } from '../records/index.js';
import type { Fix } from './fixes/fix.js';
import type { Subject } from './subject.js';

export type { Fix } from './fixes/fix.js';
export type { Subject } from './subject.js';

/** Closed list of what ctdiag can find; each has its section in docs/findings.md. */
export const FINDING_CODES = [
  'conntrack-table-full',
  'conntrack-table-filling',
  'conntrack-early-drop',
  'conntrack-insert-failed',
  'conntrack-buckets-undersized',
  'conntrack-expectations-full',
  'nat-ports-exhausted',
  'accept-queue-overflow',
  'syn-queue-overflow',
  'process-fd-limit',
  'system-file-limit',
  'socket-memory',
  'sysctl-not-persistent',
  'time-wait-overflow',
  'ephemeral-ports-exhausted',
  'firewall-drop',
  'firewall-limit',
  'ipvs-no-destination',
  'neighbour-table-overflow',
  'netdev-backlog-drop',
  'cloud-conntrack-allowance',
  'cloud-network-allowance',
  'orphan-limit',
  'tcp-memory',
  'task-limit',
  'map-count-limit',
  'application-limit',
  'accepted-unserved',
  'erlang-port-limit',
  'unexplained-loss',
  'nobody-listening',
  'udp-receive-queue',
  'unix-queue-overflow',
  'invalid-drop',
  'reverse-path-filter',
  'paws-reject',
  'nfqueue-drop',
  'tc-drop',
  'xdp-drop',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** `critical`: connections are refused now or were in the window. `warning`: they soon will be. */
export type Severity = 'critical' | 'warning';

/** One figure that speaks for or against a finding. */
export interface Evidence {
  /** A metric, or the name of a figure that is no metric (`sk_ack_backlog`, `RLIMIT_NOFILE`). */
  readonly metric:
    | MetricName
    | 'sk_ack_backlog'
    | 'RLIMIT_NOFILE'
    | 'mappings'
    | 'erlang.ports'
    | 'pids.current'
    | 'pids.events'
    | 'listener.overflows'
    | 'setting.file'
    | 'setting.default'
    | 'coverage'
    | 'local-ports'
    | 'local-ports.time-wait'
    | 'local-ports.reserved';
  /** `growth` is what a counter gained in the window; `level` is a gauge or limit; `rate` is per second. */
  readonly measure: 'growth' | 'level' | 'rate';
  /** `null` is unknown. */
  readonly value: number | null;
  /** The limit beside it, `null` when there is none. */
  readonly limit: number | null;
  readonly source: 'bpftrace' | 'kernel';
  readonly subject: Subject;
}

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
  /**
   * It was under way when what shows it was first looked at: it began then or at any time before. Set by `diagnose`
   * for every finding; rules leave it out.
   */
  readonly sinceStart?: boolean;
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
  | 'probe-and-counter-apart'
  | 'probe-and-counter-differ'
  | 'counter-and-level'
  | 'file-and-default'
  | 'file-untried'
  | 'files-alone'
  | 'listener-named'
  | 'host-counter-only'
  | 'level-alone'
  | 'level-and-queue'
  | 'listen-drops-without-cookies'
  | 'counter-alone'
  | 'ports-and-eaddrnotavail'
  | 'no-look-at-ports'
  | 'ports-bound-first'
  | 'ports-left'
  | 'bind-found-no-port'
  | 'bind-holders-unseen'
  | 'counter-and-nat'
  | 'counter-nat-unknown'
  | 'source-rewritten'
  | 'chains-short-now'
  | 'syns-to-listener'
  | 'syns-to-one-port'
  | 'syns-dropped-for-listener'
  | 'syns-resent-meanwhile'
  | 'nothing-accepted-meanwhile'
  | 'own-syns-dropped'
  | 'no-syns'
  | 'errno-seen'
  | 'errno-in-namespace'
  | 'errno-without-level'
  | 'errno-far-from-level'
  | 'memory-ruled-out'
  | 'inferred-from-closes'
  | 'holds-and-takes-no-more'
  | 'unread-at-two-looks'
  | 'listener-gone'
  | 'any-packets'
  | 'queued-or-dropped'
  | 'rule-without-reader'
  | 'rule-counts-the-drops'
  | 'service-without-server'
  | 'servers-overloaded'
  | 'several-services-at-port'
  | 'unreachable-and-empty-service'
  | 'invalid-and-dropped'
  | 'at-known-limit'
  | 'records-lost'
  | 'gap-in-window'
  | 'unwatched-in-use'
  | 'no-rule-explains';
