import type { MetricName } from './metrics.js';
import type { SettingsRecord } from './settings.js';
import type { ElapsedMs, Netns } from './units.js';

/** Who made a figure: bpftrace's probes, or the kernel's own counters and sysctls. */
export type SourceName = 'bpftrace' | 'kernel';

/**
 * Figures of one source and one namespace at one moment.
 *
 * A metric that is absent has the value it had in that source's last sample; `null` says that it
 * became unknown. A source that says nothing at all for a while is silent, not unchanged.
 */
export interface SampleRecord {
  readonly type: 'sample';
  readonly elapsedMs: ElapsedMs;
  readonly source: SourceName;
  readonly netns: Netns;
  readonly values: Readonly<Partial<Record<MetricName, number | null>>>;
  /**
   * How long the figures stand without another sample: a quiet namespace is reported less often. Default: three
   * intervals.
   */
  readonly holdsMs?: number;
}

/** Ends a frame: everything before it belongs to the second that ends here. */
export interface TickRecord {
  readonly type: 'tick';
  readonly elapsedMs: ElapsedMs;
}

/** A process that holds a listening socket. */
export interface Owner {
  readonly pid: number;
  readonly comm: string;
}

/** One listening TCP socket, and what was refused at it since the probes attached. */
export interface Listener {
  readonly netns: Netns;
  /** Textual address, `0.0.0.0` or `::` for any. */
  readonly address: string;
  readonly port: number;
  /** Inode of the socket, `null` where it could not be read. */
  readonly inode: number | null;
  /** Connections waiting in accept(2)'s queue now (`sk_ack_backlog`), `null` when unknown. */
  readonly acceptQueue: number | null;
  /** min(backlog given to listen(2), net.core.somaxconn), `null` when unknown. */
  readonly backlog: number | null;
  /** Cumulative drops of the socket (`sk_drops`, `ss -m`'s `d`), `null` when unknown. */
  readonly drops: number | null;
  /** Overflows of the accept queue that the probes saw, at the SYN and at the ACK; `null` without probes. */
  readonly overflows: number | null;
  /** `null` when the owner could not be found. */
  readonly owner: Owner | null;
}

/** The listeners known now; replaces the list before it. */
export interface ListenersRecord {
  readonly type: 'listeners';
  readonly elapsedMs: ElapsedMs;
  readonly listeners: readonly Listener[];
}

/** What one process uses of a limit of its own. */
export interface ProcessUse {
  readonly pid: number;
  readonly comm: string;
  /** Open file descriptors, `null` when unknown. */
  readonly fds: number | null;
  /** Soft RLIMIT_NOFILE, `null` when unknown. */
  readonly fdLimit: number | null;
  /** Hard RLIMIT_NOFILE, `null` when unknown or unlimited; absent where it was not looked for. */
  readonly fdHardLimit?: number | null;
  /** Path of its own control group; absent where it was not looked for. */
  readonly cgroup?: string;
  /** Of an Erlang emulator (`beam.smp`); absent for any other process. */
  readonly erlang?: ErlangLimits;
  /** Memory mappings, counted against vm.max_map_count; absent where they were not looked for. */
  readonly maps?: number | null;
  /** The control group whose limit of tasks is the nearest above the process; absent where none limits it. */
  readonly tasks?: TaskUse;
}

/** The tables of an Erlang emulator, as large as it makes them. */
export interface ErlangLimits {
  /** Ports (`+Q`): each connection is one. */
  readonly ports: number;
  /** Processes (`+P`); `null` where the command line does not say. */
  readonly processes: number | null;
}

/** What a control group uses of its limit of tasks (pids.max). */
export interface TaskUse {
  /** Path below /sys/fs/cgroup. */
  readonly cgroup: string;
  /** `null` when unknown. */
  readonly used: number | null;
  readonly limit: number | null;
  /** Forks refused there and in the process's own group, cumulative (`max` of pids.events); `null` when unknown. */
  readonly refused: number | null;
}

/** The processes watched now (the owners of listeners); replaces the list before it. */
export interface ProcessesRecord {
  readonly type: 'processes';
  readonly elapsedMs: ElapsedMs;
  readonly processes: readonly ProcessUse[];
}

/** New flows with the same namespace, source network, destination, port and protocol, before any NAT. */
export interface FlowGroup {
  readonly netns: Netns;
  /** The network of the source: a /24 of IPv4, a /64 of IPv6. */
  readonly source: string;
  readonly destination: string;
  /** Destination port; `null` for protocols without ports. */
  readonly port: number | null;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `sctp`, `dccp`, else the protocol's number. */
  readonly protocol: string;
  readonly count: number;
}

/**
 * Who is refused by a full conntrack table, and who opens flows, since `sinceMs`; replaces the record before it.
 * Only there while the detail program runs. The lists are the largest groups, largest first.
 */
export interface FlowsRecord {
  readonly type: 'flows';
  readonly elapsedMs: ElapsedMs;
  /** When the detail program attached: what was before is in no list. */
  readonly sinceMs: ElapsedMs;
  /** Packets of new flows that were refused; a client that tries again counts again. */
  readonly refused: readonly FlowGroup[];
  /** Refused packets in no group of the list. */
  readonly refusedOthers: number;
  /** Flows that got an entry; a few of them are dropped later, by a rule or a clash. */
  readonly opened: readonly FlowGroup[];
  readonly openedOthers: number;
}

/** Connections from one source address to one destination and port: each holds a local port of its own. */
export interface PortUse {
  readonly netns: Netns;
  readonly source: string;
  readonly destination: string;
  /** The destination's. */
  readonly port: number;
  /** Local ports in use, those in TIME_WAIT among them. */
  readonly used: number;
  readonly timeWait: number;
  /** Ports of the range that `ip_local_reserved_ports` keeps from a connect; absent where there are none or it could not be read. */
  readonly reserved?: number;
}

/** Who uses most local ports, of the namespaces that were `looked` at; replaces the record before it. */
export interface PortsRecord {
  readonly type: 'ports';
  readonly elapsedMs: ElapsedMs;
  readonly looked: readonly Netns[];
  readonly ports: readonly PortUse[];
}

/** Names of a network namespace, for people. */
export interface NetnsRecord {
  readonly type: 'netns';
  readonly elapsedMs: ElapsedMs;
  readonly netns: Netns;
  /** As `ip netns` or a container runtime names it; a process in it otherwise; never empty. */
  readonly label: string;
}

/** How one hook fared. */
export interface HookCoverage {
  readonly hook: string;
  readonly state: 'attached' | 'pending' | 'missing' | 'failed';
  /** The variant that was chosen (`fexit`, `kprobe`, `tracepoint`), `null` when none fits. */
  readonly variant: string | null;
  /** Why it is not attached; `null` when it is. */
  readonly reason: string | null;
}

/** What is read one by one, so that some of it may stay unread. */
export const UNREAD_KINDS = ['namespaces', 'processes', 'listeners', 'counters'] as const;
export type UnreadKind = (typeof UNREAD_KINDS)[number];

/**
 * Things of one kind that could not be read, all for the same reason. What is refused there is not seen, so that
 * nothing found is no all-clear.
 */
export interface UnreadGroup {
  /** `listeners`: the listening sockets of a namespace (`ss`); `counters`: a file of counters, as named in `names`. */
  readonly kind: UnreadKind;
  /** How many; `null` where not even that can be known. */
  readonly count: number | null;
  /** Some of them, at most 20: a namespace by its label or inode, a process as `nginx(812)`, a file by its path. */
  readonly names: readonly string[];
  /** `EACCES`, or a sentence. */
  readonly why: string;
}

/** Ways that packets and connections take past what ctdiag counts. */
export const UNWATCHED_PATHS = [
  'xdp',
  'tc-bpf',
  'cilium',
  'calico-ebpf',
  'ipvs',
  'open-vswitch',
  'nfqueue',
  'synproxy',
  'io-uring',
  // In captures of earlier versions: they are read now.
  'cloud-allowances',
  'nic-rings',
] as const;
export type UnwatchedPathId = (typeof UNWATCHED_PATHS)[number];

/** One of those ways that this host uses. */
export interface UnwatchedPath {
  readonly id: UnwatchedPathId;
  /** What shows that it is in use, as `module openvswitch, 12 references` or `eth0: xdp`. */
  readonly seen: string;
}

/** What is seen and what is not. Replaces the coverage before it. */
export interface CoverageRecord {
  readonly type: 'coverage';
  readonly elapsedMs: ElapsedMs;
  /** The state of bpftrace as a whole. */
  readonly probes: 'off' | 'starting' | 'attached' | 'failed';
  /** Why probes are off or failed, and what would fix it; `null` otherwise. */
  readonly reason: string | null;
  readonly bpftraceVersion: string | null;
  readonly hooks: readonly HookCoverage[];
  /** Events that bpftrace says it lost, cumulative. */
  readonly lostEvents: number;
  /** Lines of bpftrace that could not be understood, cumulative. */
  readonly badLines: number;
  /** Files and figures that could not be read, with the reason, sorted. */
  readonly unreadable: readonly { readonly what: string; readonly why: string }[];
  /** What could not be read of the things that are read one by one; absent in captures that do not say. */
  readonly unread?: readonly UnreadGroup[];
  /** What this host uses and ctdiag does not look at; absent in captures that do not say. */
  readonly unwatched?: readonly UnwatchedPath[];
}

/** Between `fromMs` and `elapsedMs` the source said nothing: rates across it are unknown. */
export interface GapRecord {
  readonly type: 'gap';
  readonly elapsedMs: ElapsedMs;
  readonly source: SourceName;
  readonly fromMs: ElapsedMs;
  readonly reason: string;
}

/** Records that never reached the capture, because its disk or reader was slow; rates across them are unknown. */
export interface DroppedRecord {
  readonly type: 'dropped';
  readonly elapsedMs: ElapsedMs;
  /** When the first of them was dropped. */
  readonly fromMs: ElapsedMs;
  /** How many. */
  readonly records: number;
}

/** A note that a person made while recording. */
export interface MarkRecord {
  readonly type: 'mark';
  readonly elapsedMs: ElapsedMs;
  readonly note: string;
}

/** The stream ended in good order. A capture without it was cut off. */
export interface EndRecord {
  readonly type: 'end';
  readonly elapsedMs: ElapsedMs;
  readonly reason: string;
}

/** A record of a type that this version does not know: kept, counted, not interpreted. */
export interface UnknownRecord {
  readonly type: 'unknown';
  readonly elapsedMs: ElapsedMs;
  readonly originalType: string;
}

/** Everything that a source may say. */
export type StreamRecord =
  | SampleRecord
  | TickRecord
  | ListenersRecord
  | ProcessesRecord
  | FlowsRecord
  | PortsRecord
  | NetnsRecord
  | CoverageRecord
  | SettingsRecord
  | GapRecord
  | DroppedRecord
  | MarkRecord
  | EndRecord
  | UnknownRecord;

/** What a stream says of itself before its first record. */
export interface StreamHeader {
  /** Wall clock at `elapsedMs` 0, milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Host name. */
  readonly host: string;
  /** `uname -r`. */
  readonly kernel: string;
  /** Version of ctdiag that made the stream. */
  readonly ctdiag: string;
  /** The network namespace of ctdiag itself, `null` when unknown. */
  readonly netns: Netns | null;
  /** MemTotal in bytes, `null` when unknown. */
  readonly memTotalBytes: number | null;
  /** Bytes of a page; absent in captures of earlier versions: then it is derived from the kernel's name. */
  readonly pageBytes?: number;
  /** Which boot of the machine (`/proc/sys/kernel/random/boot_id`): counters start at 0 with it; `null` when unknown. */
  readonly bootId: string | null;
  /** Milliseconds between frames. */
  readonly intervalMs: number;
}
