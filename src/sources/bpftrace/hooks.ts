import type { MetricName } from '../../records/index.js';

/** `major.minor` of bpftrace as two numbers. */
export type Version = readonly [major: number, minor: number];

/** One way to attach a hook. Tried in the order of the table. */
export interface Variant {
  readonly name: string;
  /** Program text, under probes/. */
  readonly file: string;
  /** Kernel functions that must be there, under exactly this name. */
  readonly functions: readonly string[];
  /** Whether the types of these functions must be in BTF (fentry and fexit). */
  readonly btf: boolean;
  /** The oldest bpftrace that can compile it (facts: bpftrace CHANGELOG, and runs on Debian 11, 12, 13, sid). */
  readonly since: Version;
}

/** A place in the kernel where we look, and what comes out of it. */
export interface Hook {
  readonly id: string;
  /** The module that holds its functions, `null` for the kernel itself. */
  readonly module: string | null;
  /** Map of namespace → count, and the metric that it is. */
  readonly totals: Readonly<Record<string, MetricName>>;
  /** Maps keyed by listener: namespace, inode, port, family and four words of address. */
  readonly listenerMaps: readonly string[];
  readonly variants: readonly Variant[];
}

const kprobe = (file: string, ...functions: string[]): Variant => ({
  name: 'kprobe',
  file: `${file}.kprobe.bt`,
  functions,
  btf: false,
  since: [0, 11],
});

// BTF of modules is read from bpftrace 0.17 on.
const withBtf = (name: 'fexit' | 'fentry', file: string, ...functions: string[]): Variant => ({
  name,
  file: `${file}.${name}.bt`,
  functions,
  btf: true,
  since: [0, 17],
});

/** Every hook that is always on. The one table of what is traced and how it may be attached. */
export const HOOKS: readonly Hook[] = [
  {
    id: 'conntrack-insert',
    module: 'nf_conntrack',
    totals: { '@insert': 'probe.insert', '@insert_failed': 'probe.insert_failed' },
    listenerMaps: [],
    variants: [
      withBtf('fexit', 'conntrack-insert', '__nf_conntrack_confirm'),
      kprobe('conntrack-insert', '__nf_conntrack_confirm'),
    ],
  },
  {
    id: 'conntrack-drop',
    module: 'nf_conntrack',
    totals: { '@table_full': 'probe.table_full', '@early_drop': 'probe.early_drop' },
    listenerMaps: [],
    variants: [withBtf('fexit', 'conntrack-drop', 'early_drop'), kprobe('conntrack-drop', 'early_drop')],
  },
  {
    id: 'conntrack-destroy',
    module: 'nf_conntrack',
    totals: { '@destroy': 'probe.destroy' },
    listenerMaps: [],
    variants: [
      withBtf('fentry', 'conntrack-destroy', 'nf_ct_destroy'),
      kprobe('conntrack-destroy', 'nf_ct_destroy'),
      { ...kprobe('conntrack-destroy', 'destroy_conntrack'), file: 'conntrack-destroy.kprobe-old.bt' },
    ],
  },
  {
    id: 'tcp-syn',
    module: null,
    totals: { '@syn': 'probe.syn', '@accept_overflow_syn': 'probe.accept_overflow_syn' },
    listenerMaps: ['@accept_overflow', '@accept_backlog', '@accept_queue'],
    variants: [kprobe('tcp-syn', 'tcp_conn_request')],
  },
  {
    id: 'tcp-accept-ack-v4',
    module: null,
    totals: { '@accept_overflow_ack_v4': 'probe.accept_overflow_ack' },
    listenerMaps: ['@accept_overflow_v4', '@accept_backlog_v4', '@accept_queue_v4'],
    variants: [kprobe('tcp-accept-ack-v4', 'tcp_v4_syn_recv_sock')],
  },
  {
    id: 'tcp-accept-ack-v6',
    module: null,
    totals: { '@accept_overflow_ack_v6': 'probe.accept_overflow_ack' },
    listenerMaps: ['@accept_overflow_v6', '@accept_backlog_v6', '@accept_queue_v6'],
    variants: [kprobe('tcp-accept-ack-v6', 'tcp_v6_syn_recv_sock')],
  },
];
