import type { SettingDrift } from '../../limits/index.js';
import type { Listener, PortUse, ProcessUse } from '../../records/index.js';
import type { Subject } from '../subject.js';

/** The three figures of tcp_mem, in pages. */
export type Pages = readonly [low: number, pressure: number, max: number];

/** A kind of loss that no rule explains: it decides where to look next. */
export type LossKind =
  | 'accept-failed'
  | 'listen-drops'
  | 'connect-failed'
  | 'conntrack-drops'
  | 'netfilter-syns'
  | 'handshakes-failed'
  | 'syns-resent'
  | 'resets';

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
  | {
      readonly id: 'raise-erlang-ports';
      readonly process: ProcessUse;
      readonly from: number;
      readonly to: number;
    }
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
  | { readonly id: 'leave-cloud-tracking' }
  /** A look at where connections are lost, for want of a cause. */
  | { readonly id: 'check-loss'; readonly subject: Subject; readonly loss: LossKind };
