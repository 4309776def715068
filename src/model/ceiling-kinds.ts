import type { MetricName } from '../records/index.js';

/** What kind of ceiling; {@link CEILING_KINDS} describes each. */
export type CeilingId =
  | 'conntrack'
  | 'accept-queue'
  | 'process-fds'
  | 'process-maps'
  | 'erlang-ports'
  | 'cgroup-tasks'
  | 'file-handles'
  | 'time-wait'
  | 'orphans'
  | 'tcp-memory'
  | 'neighbours-ipv4'
  | 'neighbours-ipv6'
  | 'threads'
  | 'pids'
  | 'ephemeral-ports'
  | 'conntrack-expectations'
  | 'unix-accept-queue';

/** Where the use and the limit of a ceiling are read, when both are metrics. */
export interface CeilingMetrics {
  readonly used: MetricName;
  readonly limit: MetricName;
  readonly usedScope: 'netns' | 'node';
  /** Most limits belong to the namespace, some to the node. */
  readonly limitScope: 'netns' | 'node';
}

/** All that is fixed about a kind of ceiling. */
export interface CeilingKind {
  /** Its name on the ladder and in reports, without whom it binds. */
  readonly title: string;
  /** What is counted against the limit. */
  readonly unit: string;
  /** Who sets the limit, as the kernel spells it. */
  readonly setBy: string;
  /** The sysctl that sets the limit; `null` where none does. */
  readonly sysctl: string | null;
  /** Of two ceilings that are equally near, the lower weight is named first: it refuses more when it is hit. */
  readonly weight: number;
  /** `null` where the use is that of a process, a socket or a control group. */
  readonly metrics: CeilingMetrics | null;
}

/** The one table of ceilings; the compiler asks for the row of a new kind. Scopes: kernel.md section 7. */
export const CEILING_KINDS: Readonly<Record<CeilingId, CeilingKind>> = {
  conntrack: {
    title: 'conntrack entries',
    unit: 'entries',
    setBy: 'net.netfilter.nf_conntrack_max',
    sysctl: 'net.netfilter.nf_conntrack_max',
    weight: 0,
    // nf_conntrack_max is one for the node, and compared with the count of each namespace.
    metrics: {
      used: 'net.netfilter.nf_conntrack_count',
      limit: 'net.netfilter.nf_conntrack_max',
      usedScope: 'netns',
      limitScope: 'node',
    },
  },
  'accept-queue': {
    title: 'accept queue',
    unit: 'connections',
    setBy: 'listen(2), net.core.somaxconn',
    sysctl: null,
    weight: 1,
    metrics: null,
  },
  'unix-accept-queue': {
    title: 'accept queue, unix socket',
    unit: 'connections',
    setBy: 'listen(2), net.core.somaxconn',
    sysctl: null,
    weight: 1.5,
    metrics: {
      used: 'unix.accept_queue',
      limit: 'unix.backlog',
      usedScope: 'netns',
      limitScope: 'netns',
    },
  },
  'process-fds': {
    title: 'fds',
    unit: 'descriptors',
    setBy: 'RLIMIT_NOFILE',
    sysctl: null,
    weight: 2,
    metrics: null,
  },
  'erlang-ports': {
    title: 'Erlang ports',
    unit: 'ports',
    setBy: '+Q of the Erlang emulator',
    sysctl: null,
    weight: 2.5,
    metrics: null,
  },
  'file-handles': {
    title: 'file handles',
    unit: 'files',
    setBy: 'fs.file-max',
    sysctl: 'fs.file-max',
    weight: 3,
    metrics: {
      used: 'fs.file-nr.allocated',
      limit: 'fs.file-max',
      usedScope: 'node',
      limitScope: 'node',
    },
  },
  'cgroup-tasks': {
    title: 'tasks of the group of',
    unit: 'tasks',
    setBy: 'pids.max',
    sysctl: null,
    weight: 4,
    metrics: null,
  },
  threads: {
    title: 'tasks',
    unit: 'tasks',
    setBy: 'kernel.threads-max',
    sysctl: 'kernel.threads-max',
    weight: 5,
    metrics: {
      used: 'loadavg.tasks',
      limit: 'kernel.threads-max',
      usedScope: 'node',
      limitScope: 'node',
    },
  },
  pids: {
    title: 'process ids',
    unit: 'tasks',
    setBy: 'kernel.pid_max',
    sysctl: 'kernel.pid_max',
    weight: 6,
    metrics: { used: 'loadavg.tasks', limit: 'pids.usable', usedScope: 'node', limitScope: 'node' },
  },
  'process-maps': {
    title: 'mappings',
    unit: 'mappings',
    setBy: 'vm.max_map_count',
    sysctl: 'vm.max_map_count',
    weight: 7,
    metrics: null,
  },
  'tcp-memory': {
    title: 'TCP memory',
    unit: 'pages',
    setBy: 'net.ipv4.tcp_mem',
    sysctl: null,
    weight: 8,
    metrics: {
      used: 'sockstat.TCP.mem',
      limit: 'net.ipv4.tcp_mem.max',
      usedScope: 'node',
      limitScope: 'node',
    },
  },
  orphans: {
    title: 'orphans',
    unit: 'sockets',
    setBy: 'net.ipv4.tcp_max_orphans',
    sysctl: 'net.ipv4.tcp_max_orphans',
    weight: 9,
    metrics: {
      used: 'sockstat.TCP.orphan',
      limit: 'net.ipv4.tcp_max_orphans',
      usedScope: 'node',
      limitScope: 'node',
    },
  },
  'ephemeral-ports': {
    title: 'local ports',
    unit: 'ports',
    setBy: 'net.ipv4.ip_local_port_range',
    sysctl: 'net.ipv4.ip_local_port_range',
    weight: 10,
    metrics: null,
  },
  // Permanent neighbours are counted as used, but not limited (Linux 5.0 and newer): few, as a rule.
  'neighbours-ipv4': {
    title: 'neighbours, IPv4',
    unit: 'entries',
    setBy: 'net.ipv4.neigh.default.gc_thresh3',
    sysctl: 'net.ipv4.neigh.default.gc_thresh3',
    weight: 11,
    metrics: {
      used: 'arp_cache.entries',
      limit: 'net.ipv4.neigh.default.gc_thresh3',
      usedScope: 'node',
      limitScope: 'node',
    },
  },
  'neighbours-ipv6': {
    title: 'neighbours, IPv6',
    unit: 'entries',
    setBy: 'net.ipv6.neigh.default.gc_thresh3',
    sysctl: 'net.ipv6.neigh.default.gc_thresh3',
    weight: 12,
    metrics: {
      used: 'ndisc_cache.entries',
      limit: 'net.ipv6.neigh.default.gc_thresh3',
      usedScope: 'node',
      limitScope: 'node',
    },
  },
  'conntrack-expectations': {
    title: 'conntrack expectations',
    unit: 'expectations',
    setBy: 'net.netfilter.nf_conntrack_expect_max',
    sysctl: 'net.netfilter.nf_conntrack_expect_max',
    weight: 12.5,
    // One limit for the node, compared with the count of each namespace, as that of the table is.
    metrics: {
      used: 'nf_conntrack.expect_count',
      limit: 'net.netfilter.nf_conntrack_expect_max',
      usedScope: 'netns',
      limitScope: 'node',
    },
  },
  'time-wait': {
    title: 'TIME_WAIT',
    unit: 'sockets',
    setBy: 'net.ipv4.tcp_max_tw_buckets',
    sysctl: 'net.ipv4.tcp_max_tw_buckets',
    weight: 13,
    metrics: {
      used: 'sockstat.TCP.tw',
      limit: 'net.ipv4.tcp_max_tw_buckets',
      usedScope: 'netns',
      limitScope: 'netns',
    },
  },
};

/** Every kind of ceiling, in the order of the table. */
export const CEILING_IDS = Object.keys(CEILING_KINDS) as CeilingId[];
