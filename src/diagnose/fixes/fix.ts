import type { SettingDrift } from '../../limits/index.js';
import type { CgroupOwner, Listener, PortUse, ProcessUse } from '../../records/index.js';
import type { NetnsEntry } from './netns-entry.js';

/** The three figures of tcp_mem, in pages. */
export type Pages = readonly [low: number, pressure: number, max: number];

/** A kind of loss that no rule explains: it decides where to look next. */
export type LossKind =
  | 'accept-failed'
  | 'listen-drops'
  | 'connect-failed'
  | 'bind-failed'
  | 'conntrack-drops'
  | 'netfilter-syns'
  | 'handshakes-failed'
  | 'syns-resent'
  | 'resets';

/** A `fix` changes something; a `check` only looks, and its command changes nothing. */
export type FixKind = 'fix' | 'check';

/** What to do about a finding; command, lasting form, effect and caveat are worded in render. */
export type Fix = HostFix | ProcessFix | ListenerFix | NetworkFix | ConntrackFix;

/** Raises a limit of the whole host by a sysctl of one figure. */
export interface RaiseSysctlFix {
  readonly id:
    | 'raise-file-max'
    | 'raise-max-orphans'
    | 'raise-threads-max'
    | 'raise-pid-max'
    | 'raise-max-map-count'
    | 'raise-netdev-backlog'
    | 'raise-expect-max';
  readonly from: number;
  readonly to: number;
}

/** Limits of the host. */
export type HostFix =
  | RaiseSysctlFix
  | {
      readonly id: 'keep-sysctl';
      readonly setting: SettingDrift;
      readonly reader: 'systemd-sysctl' | 'procps' | null;
    }
  /** Orphans end sooner; what the sysctls were before is read when the command is run. */
  | { readonly id: 'shorten-orphans' }
  | { readonly id: 'find-orphans' }
  | { readonly id: 'find-tcp-memory' }
  | {
      readonly id: 'raise-tcp-mem';
      readonly from: Pages;
      readonly to: Pages;
      /** Bytes of a page on this kernel. */
      readonly pageBytes: number;
    };

/** Limits of a process or of its control group. */
export type ProcessFix =
  | {
      readonly id: 'raise-nofile';
      readonly process: ProcessUse;
      readonly owner: CgroupOwner;
      readonly soft: number;
      /** `null` where it is not known. */
      readonly hard: number | null;
      /** The new limits; `null` raises the soft limit to the hard one, whichever that is. */
      readonly to: { readonly soft: number; readonly hard: number } | null;
      /** What fs.nr_open is; `null` where that is not known. */
      readonly nrOpenFrom: number | null;
      /** What fs.nr_open must be raised to first; `null` where it allows the new limit. */
      readonly nrOpenTo: number | null;
    }
  | { readonly id: 'find-process-at-nofile' }
  | {
      readonly id: 'raise-erlang-ports';
      readonly process: ProcessUse;
      readonly from: number;
      readonly to: number;
    }
  | { readonly id: 'find-erlang-ports'; readonly process: ProcessUse }
  | {
      readonly id: 'raise-pids-max';
      /** Path below /sys/fs/cgroup of the group whose limit it is. */
      readonly cgroup: string;
      readonly owner: CgroupOwner;
      readonly from: number;
      readonly to: number;
    }
  | { readonly id: 'look-at-application'; readonly entry: NetnsEntry };

/** Queues of a listener. */
export type ListenerFix =
  | {
      readonly id: 'raise-backlog';
      readonly listener: Listener;
      readonly entry: NetnsEntry;
      readonly somaxconn: number | null;
      /** What somaxconn is to be raised to; `null` where it does not cap the queue, or is unknown. */
      readonly somaxconnTo: number | null;
    }
  | { readonly id: 'find-unread'; readonly listener: Listener; readonly entry: NetnsEntry }
  | { readonly id: 'find-accept-wait'; readonly listener: Listener; readonly entry: NetnsEntry }
  | { readonly id: 'find-listener'; readonly entry: NetnsEntry }
  | { readonly id: 'enable-syncookies'; readonly entry: NetnsEntry };

/** The conntrack table and NAT. */
export type ConntrackFix =
  | {
      readonly id: 'raise-conntrack-max';
      readonly from: number;
      readonly to: number;
      /** `null` where the hash is large enough for the new limit. */
      readonly buckets: { readonly from: number; readonly to: number } | null;
      /** The slab object of one entry, as this kernel says or as documented. */
      readonly entryBytes: number;
      readonly entryBytesMeasured: boolean;
      /** Extensions that every entry carries on this kernel. */
      readonly extensionBytes: number;
      /** What the further entries and buckets cost when the table is full. */
      readonly bytes: number;
      readonly kubeProxy: KubeProxyKind | null;
    }
  | {
      readonly id: 'find-stale-entries';
      readonly entry: NetnsEntry;
      /** Entries in the table, and established connections of the namespace itself; `null` where they are not known. */
      readonly entries: number | null;
      readonly established: number | null;
      /** How long an established entry stays without traffic; `null` where it is not known. */
      readonly timeoutSec: number | null;
    }
  /** Entries that need not be there: without an answer, of one zone, counted and not listed. */
  | {
      readonly id: 'find-table-filler';
      readonly entry: NetnsEntry;
      readonly what: 'unreplied' | 'zone' | 'unlisted';
      readonly zone: number | null;
    }
  | {
      readonly id: 'shorten-established';
      readonly entry: NetnsEntry;
      readonly toSec: number;
      readonly kubeProxy: KubeProxyKind | null;
    }
  | { readonly id: 'raise-conntrack-buckets'; readonly from: number; readonly to: number }
  | { readonly id: 'find-nat-ports'; readonly entry: NetnsEntry }
  | { readonly id: 'widen-nat' }
  /** `protocol` is whose ports are used up; `null` where that is not known. */
  | {
      readonly id: 'shorten-nat-timeouts';
      readonly entry: NetnsEntry;
      readonly protocol: 'tcp' | 'udp' | null;
    }
  | { readonly id: 'find-clashes'; readonly entry: NetnsEntry }
  | { readonly id: 'find-expectations'; readonly entry: NetnsEntry };

/** Who sets conntrack's limits on a Kubernetes node. */
export type KubeProxyKind = 'kube-proxy' | 'k3s';

/** Other limits of the network. */
export type NetworkFix =
  /** `port` is what the dropped SYNs asked for, `null` when it is not known. */
  | { readonly id: 'find-firewall-rule'; readonly entry: NetnsEntry; readonly port: number | null }
  | {
      readonly id: 'raise-gc-thresh';
      readonly family: 'ipv4' | 'ipv6';
      readonly from: number;
      readonly to: number;
    }
  | {
      readonly id: 'widen-port-range';
      readonly entry: NetnsEntry;
      readonly low: number;
      readonly high: number;
    }
  | { readonly id: 'reuse-time-wait'; readonly entry: NetnsEntry; readonly from: number }
  | { readonly id: 'find-port-holders'; readonly ports: PortUse; readonly entry: NetnsEntry }
  | { readonly id: 'more-addresses'; readonly ports: PortUse }
  | {
      readonly id: 'find-range-holders';
      readonly entry: NetnsEntry;
      readonly low: number;
      readonly high: number;
    }
  | { readonly id: 'bind-without-port' }
  | { readonly id: 'find-cloud-drops' }
  | { readonly id: 'leave-cloud-tracking' }
  | { readonly id: 'spare-cloud-allowance'; readonly allowance: 'link-local' | 'packets' | 'bandwidth' }
  | { readonly id: 'find-udp-queue'; readonly entry: NetnsEntry }
  | { readonly id: 'find-unix-queue'; readonly entry: NetnsEntry }
  | { readonly id: 'find-invalid'; readonly entry: NetnsEntry }
  /** `unread`: no program has bound the queue. */
  | { readonly id: 'find-queue-reader'; readonly entry: NetnsEntry; readonly unread: boolean }
  | { readonly id: 'stop-tw-recycle'; readonly entry: NetnsEntry }
  | { readonly id: 'find-reverse-path'; readonly entry: NetnsEntry }
  | { readonly id: 'find-ipvs-servers'; readonly entry: NetnsEntry; readonly overloaded: boolean }
  | { readonly id: 'find-limiting-rule'; readonly entry: NetnsEntry }
  | { readonly id: 'find-socket-memory' }
  /** `program`: interface and name of the program there, as tc(8) and ip(8) tell them; `null` where they do not. */
  | { readonly id: 'find-tc-filter'; readonly entry: NetnsEntry; readonly program: string | null }
  | { readonly id: 'find-xdp-program'; readonly program: string | null }
  /** `port` is where something listened; `null` where it may have been one of several. */
  | { readonly id: 'find-missing-listener'; readonly entry: NetnsEntry; readonly port: number | null }
  /** A look at where connections are lost, for want of a cause. */
  | { readonly id: 'check-loss'; readonly entry: NetnsEntry; readonly loss: LossKind };

/** Whether it changes something or only looks. */
export const FIX_KINDS: Readonly<Record<Fix['id'], FixKind>> = {
  'raise-file-max': 'fix',
  'raise-max-orphans': 'fix',
  'raise-threads-max': 'fix',
  'raise-pid-max': 'fix',
  'raise-max-map-count': 'fix',
  'raise-netdev-backlog': 'fix',
  'raise-expect-max': 'fix',
  'keep-sysctl': 'fix',
  'shorten-orphans': 'fix',
  'find-orphans': 'check',
  'find-tcp-memory': 'check',
  'raise-tcp-mem': 'fix',
  'raise-nofile': 'fix',
  'find-process-at-nofile': 'check',
  'raise-erlang-ports': 'fix',
  'find-erlang-ports': 'check',
  'raise-pids-max': 'fix',
  'look-at-application': 'check',
  'raise-backlog': 'fix',
  'find-accept-wait': 'check',
  'find-unread': 'check',
  'find-listener': 'check',
  'enable-syncookies': 'fix',
  'raise-conntrack-max': 'fix',
  'find-stale-entries': 'check',
  'find-table-filler': 'check',
  'shorten-established': 'fix',
  'raise-conntrack-buckets': 'fix',
  'find-nat-ports': 'check',
  'widen-nat': 'fix',
  'shorten-nat-timeouts': 'fix',
  'find-clashes': 'check',
  'find-expectations': 'check',
  'find-firewall-rule': 'check',
  'raise-gc-thresh': 'fix',
  'widen-port-range': 'fix',
  'reuse-time-wait': 'fix',
  'find-port-holders': 'check',
  'more-addresses': 'fix',
  'find-range-holders': 'check',
  'bind-without-port': 'fix',
  'find-cloud-drops': 'check',
  'check-loss': 'check',
  'find-udp-queue': 'check',
  'find-unix-queue': 'check',
  'find-invalid': 'check',
  'find-reverse-path': 'check',
  'stop-tw-recycle': 'fix',
  'find-queue-reader': 'check',
  'find-socket-memory': 'check',
  'find-tc-filter': 'check',
  'find-xdp-program': 'check',
  'find-limiting-rule': 'check',
  'find-ipvs-servers': 'check',
  'find-missing-listener': 'check',
  'leave-cloud-tracking': 'fix',
  'spare-cloud-allowance': 'fix',
};
