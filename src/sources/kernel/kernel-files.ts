import type { MetricName } from '../../records/index.js';
import {
  parseConntrackStat,
  parseFileNr,
  parseLoadavg,
  parseNeighbours,
  parseNetstat,
  parseSockstat,
  parseSoftnet,
  parseSysctl,
} from './parse.js';
import type { Figures } from './parse.js';
import { keepOpen } from './proc-file.js';
import type { ProcFile } from './proc-file.js';
import { sumQueues } from './queues.js';

/** A file of our own namespace or of the node, and how to read it. */
export interface Reader {
  readonly file: ProcFile;
  readonly scope: 'node' | 'netns';
  readonly parse: (text: string) => Figures;
  /** What becomes unknown when the file cannot be read. */
  readonly metrics: readonly MetricName[];
  /** A kernel without IPv6 has no such file: nothing to complain of. */
  readonly mayBeAbsent: boolean;
}

type Spec = readonly [
  path: string,
  scope: 'node' | 'netns',
  parse: (text: string) => Figures,
  metrics: readonly MetricName[],
];

const sysctl = (path: string, scope: 'node' | 'netns', ...names: readonly (MetricName | null)[]): Spec => [
  `sys/${path}`,
  scope,
  (text) => parseSysctl(text, names),
  names.filter((name) => name !== null),
];

const neighbours = (table: 'arp_cache' | 'ndisc_cache'): Spec => [
  `net/stat/${table}`,
  'node',
  (text) => parseNeighbours(text, table),
  [`${table}.entries`, `${table}.table_fulls`],
];

// Scopes: kernel.md section 7.
const SPECS: readonly (Spec | readonly [...Spec, 'may-be-absent'])[] = [
  sysctl('net/netfilter/nf_conntrack_max', 'node', 'net.netfilter.nf_conntrack_max'),
  sysctl('net/netfilter/nf_conntrack_buckets', 'node', 'net.netfilter.nf_conntrack_buckets'),
  [
    ...sysctl('net/netfilter/nf_conntrack_expect_max', 'node', 'net.netfilter.nf_conntrack_expect_max'),
    'may-be-absent',
  ],
  [
    'net/stat/nf_conntrack',
    'netns',
    parseConntrackStat,
    ['nf_conntrack.drop', 'nf_conntrack.early_drop', 'nf_conntrack.insert_failed'],
  ],
  // After the file above, which says the same: the sysctl is there without CONFIG_NF_CONNTRACK_PROCFS too.
  sysctl('net/netfilter/nf_conntrack_count', 'netns', 'net.netfilter.nf_conntrack_count'),
  [
    ...sysctl(
      'net/netfilter/nf_conntrack_tcp_timeout_established',
      'netns',
      'net.netfilter.nf_conntrack_tcp_timeout_established',
    ),
    'may-be-absent',
  ],
  ['net/netstat', 'netns', parseNetstat, ['TcpExt.ListenOverflows', 'TcpExt.ListenDrops']],
  ['net/snmp', 'netns', parseNetstat, ['Tcp.PassiveOpens', 'Tcp.ActiveOpens', 'Tcp.CurrEstab']],
  ['net/sockstat', 'netns', parseSockstat, ['sockstat.TCP.tw', 'sockstat.sockets.used']],
  [
    'net/sockstat6',
    'netns',
    (text) => parseSockstat(text, 'sockstat6'),
    ['sockstat6.TCP6.inuse'],
    'may-be-absent',
  ],
  [
    'net/netfilter/nfnetlink_queue',
    'netns',
    sumQueues,
    ['nfnetlink_queue.queues', 'nfnetlink_queue.queue_dropped', 'nfnetlink_queue.user_dropped'],
    'may-be-absent',
  ],
  ['net/softnet_stat', 'node', parseSoftnet, ['softnet.dropped']],
  neighbours('arp_cache'),
  [...neighbours('ndisc_cache'), 'may-be-absent'],
  sysctl('net/ipv4/neigh/default/gc_thresh3', 'node', 'net.ipv4.neigh.default.gc_thresh3'),
  [
    ...sysctl('net/ipv6/neigh/default/gc_thresh3', 'node', 'net.ipv6.neigh.default.gc_thresh3'),
    'may-be-absent',
  ],
  ['sys/fs/file-nr', 'node', parseFileNr, ['fs.file-nr.allocated']],
  sysctl('fs/file-max', 'node', 'fs.file-max'),
  sysctl('fs/nr_open', 'node', 'fs.nr_open'),
  sysctl('net/core/somaxconn', 'netns', 'net.core.somaxconn'),
  sysctl('net/core/netdev_max_backlog', 'node', 'net.core.netdev_max_backlog'),
  sysctl('net/ipv4/tcp_max_syn_backlog', 'netns', 'net.ipv4.tcp_max_syn_backlog'),
  sysctl('net/ipv4/tcp_syncookies', 'netns', 'net.ipv4.tcp_syncookies'),
  sysctl('net/ipv4/tcp_max_tw_buckets', 'netns', 'net.ipv4.tcp_max_tw_buckets'),
  sysctl('net/ipv4/tcp_max_orphans', 'node', 'net.ipv4.tcp_max_orphans'),
  sysctl(
    'net/ipv4/tcp_mem',
    'node',
    'net.ipv4.tcp_mem.low',
    'net.ipv4.tcp_mem.pressure',
    'net.ipv4.tcp_mem.max',
  ),
  ['loadavg', 'node', parseLoadavg, ['loadavg.tasks']],
  sysctl('kernel/threads-max', 'node', 'kernel.threads-max'),
  sysctl('kernel/pid_max', 'node', 'kernel.pid_max'),
  sysctl('vm/max_map_count', 'node', 'vm.max_map_count'),
  sysctl(
    'net/ipv4/ip_local_port_range',
    'netns',
    'net.ipv4.ip_local_port_range.low',
    'net.ipv4.ip_local_port_range.high',
  ),
  sysctl('net/ipv4/tcp_tw_reuse', 'netns', 'net.ipv4.tcp_tw_reuse'),
  [...sysctl('net/ipv4/tcp_tw_recycle', 'netns', 'net.ipv4.tcp_tw_recycle'), 'may-be-absent'],
  sysctl('net/ipv4/conf/all/rp_filter', 'netns', 'net.ipv4.conf.all.rp_filter'),
];

/** Opens all of them, while there are descriptors left. */
export function openReaders(procRoot: string): Reader[] {
  return SPECS.map(([path, scope, parse, metrics, absent]) => ({
    file: keepOpen(`${procRoot}/${path}`),
    scope,
    parse,
    metrics,
    mayBeAbsent: absent !== undefined,
  }));
}
