import type { MetricName } from '../../records/index.js';

/** `major.minor` of bpftrace as two numbers. */
export type Version = readonly [major: number, minor: number];

/** By architecture: x86-64, arm64. Fragments are written for the first. */
export type SyscallPrefix = '__x64_' | '__arm64_';

/** One way to attach a hook. Tried in the order of the table. */
export interface Variant {
  readonly name: 'fexit' | 'fentry' | 'kprobe' | 'tracepoint';
  /** Program text, under probes/. */
  readonly file: string;
  /** Kernel functions that must be there, under exactly this name. */
  readonly functions: readonly string[];
  /** What the kernel puts before the names of its system calls; `null` where none is traced. */
  readonly syscallPrefix: SyscallPrefix | null;
  /** Tracepoints that must be there, as `group/event`. */
  readonly tracepoints: readonly string[];
  /** Reasons of skb:kfree_skb, whose numbers in this kernel become the fragment's `$1`, `$2`. */
  readonly dropReasons: readonly string[];
  /** Whether the types of these functions must be in BTF (fentry and fexit). */
  readonly btf: boolean;
  /** The oldest bpftrace that can compile it (facts: bpftrace CHANGELOG, and runs on Debian 11, 12, 13, sid). */
  readonly since: Version;
}

/** The metrics of a map of (namespace, errno) → count: of all its errnos together, and of some alone. */
export interface ErrnoMetrics {
  readonly all: MetricName;
  readonly byErrno: Readonly<Record<number, MetricName>>;
}

/** A place in the kernel that is probed, and the metrics it yields. */
export interface Hook {
  readonly id: string;
  /** The module that holds its functions, `null` for the kernel itself. */
  readonly module: string | null;
  /** Map of namespace → count, and the metric that it is. */
  readonly totals: Readonly<Record<string, MetricName>>;
  /** Map of namespace and errno → count. */
  readonly errnoTotals?: Readonly<Record<string, ErrnoMetrics>>;
  /** Map of namespace → time * 65,536 + level: the level that was set last, and the metric that it is. */
  readonly stamped?: Readonly<Record<string, MetricName>>;
  /** Maps keyed by listener: namespace, inode, port, family and four words of address. */
  readonly listenerMaps: readonly string[];
  /** Maps of groups of flows, and of their sums by namespace; in the detail program only. */
  readonly flowMaps?: readonly string[];
  readonly variants: readonly Variant[];
}

const kprobe = (file: string, ...functions: string[]): Variant => ({
  name: 'kprobe',
  file: `${file}.kprobe.bt`,
  functions,
  syscallPrefix: null,
  tracepoints: [],
  dropReasons: [],
  btf: false,
  since: [0, 11],
});

// 0.11 compiles the arguments of tracepoints by the kernel's headers, which a host rarely has.
const tracepoint = (file: string, ...tracepoints: string[]): Variant => ({
  name: 'tracepoint',
  file: `${file}.tracepoint.bt`,
  functions: [],
  syscallPrefix: null,
  tracepoints,
  dropReasons: [],
  btf: false,
  since: [0, 17],
});

// BTF of modules is read from bpftrace 0.17 on.
const withBtf = (name: 'fexit' | 'fentry', file: string, ...functions: string[]): Variant => ({
  name,
  file: `${file}.${name}.bt`,
  functions,
  syscallPrefix: null,
  tracepoints: [],
  dropReasons: [],
  btf: true,
  since: [0, 17],
});

/** The variant for system calls of one architecture, with the functions that it traces besides. */
const onSyscalls = (
  variant: Variant,
  prefix: SyscallPrefix,
  names: readonly string[],
  ...functions: string[]
): Variant => ({
  ...variant,
  functions: [...names.map((name) => `${prefix}sys_${name}`), ...functions],
  syscallPrefix: prefix,
});

const TC_REASONS = ['TC_INGRESS', 'TC_EGRESS'] as const;

/** Every hook that is always on. The one table of what is traced and how it may be attached. */
export const HOOKS: readonly Hook[] = [
  {
    id: 'conntrack-insert',
    module: 'nf_conntrack',
    totals: {
      '@insert': 'probe.insert',
      '@insert_failed': 'probe.insert_failed',
      '@insert_failed_snat': 'probe.insert_failed_snat',
    },
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
    totals: {
      '@syn': 'probe.syn',
      '@syn_queue_drop': 'probe.syn_queue_drop',
      '@syn_cookie': 'probe.syn_cookie',
      '@accept_overflow_syn': 'probe.accept_overflow_syn',
    },
    listenerMaps: ['@accept_overflow', '@accept_backlog', '@accept_queue'],
    variants: [withBtf('fentry', 'tcp-syn', 'tcp_conn_request'), kprobe('tcp-syn', 'tcp_conn_request')],
  },
  {
    id: 'tcp-accept-ack-v4',
    module: null,
    totals: { '@accept_overflow_ack_v4': 'probe.accept_overflow_ack' },
    listenerMaps: ['@accept_overflow_v4', '@accept_backlog_v4', '@accept_queue_v4'],
    // Seven arguments: fentry takes six.
    variants: [kprobe('tcp-accept-ack-v4', 'tcp_v4_syn_recv_sock')],
  },
  {
    id: 'tcp-accept-ack-v6',
    module: null,
    totals: { '@accept_overflow_ack_v6': 'probe.accept_overflow_ack' },
    listenerMaps: ['@accept_overflow_v6', '@accept_backlog_v6', '@accept_queue_v6'],
    // Seven arguments: fentry takes six.
    variants: [kprobe('tcp-accept-ack-v6', 'tcp_v6_syn_recv_sock')],
  },
  {
    id: 'sys-connect',
    module: null,
    totals: {},
    errnoTotals: {
      '@connect_failed': {
        all: 'probe.connect_failed',
        byErrno: {
          1: 'probe.connect_eperm',
          2: 'probe.connect_enoent',
          99: 'probe.connect_eaddrnotavail',
          101: 'probe.connect_enetunreach',
          110: 'probe.connect_etimedout',
          111: 'probe.connect_econnrefused',
          113: 'probe.connect_ehostunreach',
        },
      },
    },
    listenerMaps: [],
    variants: [
      onSyscalls(withBtf('fexit', 'sys-connect'), '__x64_', ['connect']),
      onSyscalls(withBtf('fexit', 'sys-connect'), '__arm64_', ['connect']),
      // A return probe of a call that blocks misses failures: first what does not block.
      onSyscalls(
        { ...kprobe('sys-connect'), file: 'sys-connect.kprobe-port.bt' },
        '__x64_',
        ['connect'],
        '__inet_hash_connect',
      ),
      onSyscalls(
        { ...kprobe('sys-connect'), file: 'sys-connect.kprobe-port.bt' },
        '__arm64_',
        ['connect'],
        '__inet_hash_connect',
      ),
      onSyscalls(kprobe('sys-connect'), '__x64_', ['connect']),
      onSyscalls(kprobe('sys-connect'), '__arm64_', ['connect']),
      tracepoint('sys-connect', 'syscalls/sys_exit_connect'),
    ],
  },
  {
    id: 'inet-bind',
    module: null,
    totals: { '@bind_no_port': 'probe.bind_no_port' },
    errnoTotals: {
      '@bind_failed': {
        all: 'probe.bind_failed',
        byErrno: {
          13: 'probe.bind_eacces',
          98: 'probe.bind_eaddrinuse',
          99: 'probe.bind_eaddrnotavail',
        },
      },
    },
    listenerMaps: [],
    variants: [
      withBtf('fexit', 'inet-bind', 'inet_bind', 'inet6_bind'),
      kprobe('inet-bind', 'inet_bind', 'inet6_bind'),
    ],
  },
  {
    id: 'sys-accept',
    module: null,
    totals: {},
    errnoTotals: {
      '@accept_failed': {
        all: 'probe.accept_failed',
        byErrno: {
          1: 'probe.accept_eperm',
          12: 'probe.accept_enomem',
          23: 'probe.accept_enfile',
          24: 'probe.accept_emfile',
          103: 'probe.accept_econnaborted',
          105: 'probe.accept_enobufs',
        },
      },
    },
    listenerMaps: [],
    variants: [
      onSyscalls(withBtf('fexit', 'sys-accept'), '__x64_', ['accept', 'accept4']),
      onSyscalls(withBtf('fexit', 'sys-accept'), '__arm64_', ['accept', 'accept4']),
      onSyscalls(
        { ...kprobe('sys-accept'), file: 'sys-accept.kprobe-fd.bt' },
        '__x64_',
        ['accept', 'accept4'],
        '__alloc_fd',
        'sock_alloc_file',
      ),
      onSyscalls(kprobe('sys-accept'), '__x64_', ['accept', 'accept4']),
      onSyscalls(kprobe('sys-accept'), '__arm64_', ['accept', 'accept4']),
      tracepoint('sys-accept', 'syscalls/sys_exit_accept', 'syscalls/sys_exit_accept4'),
    ],
  },
  {
    id: 'netfilter-drop',
    module: null,
    totals: {
      '@netfilter_drop': 'probe.netfilter_drop',
      '@netfilter_drop_syn': 'probe.netfilter_drop_syn',
      '@netfilter_drop_syn_own': 'probe.netfilter_drop_syn_own',
    },
    stamped: { '@netfilter_drop_port': 'probe.netfilter_drop_port' },
    listenerMaps: [],
    variants: [
      { ...withBtf('fentry', 'netfilter-drop', 'kfree_skb_reason'), dropReasons: ['NETFILTER_DROP'] },
      {
        ...withBtf('fentry', 'netfilter-drop', 'sk_skb_reason_drop'),
        file: 'netfilter-drop.fentry-sk.bt',
        dropReasons: ['NETFILTER_DROP'],
      },
      { ...tracepoint('netfilter-drop', 'skb/kfree_skb'), dropReasons: ['NETFILTER_DROP'] },
    ],
  },
  {
    id: 'tc-drop',
    module: null,
    totals: { '@tc_drop': 'probe.tc_drop', '@tc_drop_syn': 'probe.tc_drop_syn' },
    stamped: { '@tc_drop_port': 'probe.tc_drop_port' },
    listenerMaps: [],
    variants: [
      { ...withBtf('fentry', 'tc-drop', 'kfree_skb_reason'), dropReasons: TC_REASONS },
      {
        ...withBtf('fentry', 'tc-drop', 'sk_skb_reason_drop'),
        file: 'tc-drop.fentry-sk.bt',
        dropReasons: TC_REASONS,
      },
      { ...tracepoint('tc-drop', 'skb/kfree_skb'), dropReasons: TC_REASONS },
    ],
  },
];

/** Hooks that are probed on demand, or while flows are refused: a separate program. */
export const DETAIL_HOOKS: readonly Hook[] = [
  {
    id: 'detail-flows',
    module: 'nf_conntrack',
    totals: {},
    listenerMaps: [],
    flowMaps: ['@refused', '@refused_all', '@opened', '@opened_all'],
    variants: [
      withBtf('fexit', 'detail-flows', '__nf_conntrack_alloc'),
      kprobe('detail-flows', '__nf_conntrack_alloc'),
    ],
  },
];

/** Every metric that a hook gives. */
export function metricsOf(hook: Hook): MetricName[] {
  const byErrno = Object.values(hook.errnoTotals ?? {});
  return [
    ...Object.values(hook.totals),
    ...Object.values(hook.stamped ?? {}),
    ...byErrno.flatMap((errnoMetrics) => [errnoMetrics.all, ...Object.values(errnoMetrics.byErrno)]),
  ];
}

/** Every map that a hook counts in. */
export function mapsOf(hook: Hook): string[] {
  return [
    ...Object.keys(hook.totals),
    ...Object.keys(hook.stamped ?? {}),
    ...Object.keys(hook.errnoTotals ?? {}),
    ...hook.listenerMaps,
    ...(hook.flowMaps ?? []),
  ];
}
