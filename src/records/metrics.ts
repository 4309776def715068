/**
 * The figures that a source may report, under the kernel's own names.
 *
 * `counter` is cumulative since boot (kernel) or since the probes attached (bpftrace) and only grows;
 * `gauge` is a level now; `limit` is a ceiling.
 */
export type MetricKind = 'counter' | 'gauge' | 'limit';

const counter = { kind: 'counter' } as const;
const gauge = { kind: 'gauge' } as const;
const limit = { kind: 'limit' } as const;

/** Every metric, by name. Titles, units and precision are in render's field table. */
export const METRICS = {
  // bpftrace: totals since the probes attached, a namespace each.
  'probe.insert': counter,
  'probe.insert_failed': counter,
  'probe.insert_failed_snat': counter,
  'probe.table_full': counter,
  'probe.early_drop': counter,
  'probe.destroy': counter,
  'probe.syn': counter,
  'probe.syn_queue_drop': counter,
  'probe.syn_cookie': counter,
  'probe.accept_overflow_syn': counter,
  'probe.accept_overflow_ack': counter,
  'probe.connect_failed': counter,
  'probe.connect_eaddrnotavail': counter,
  // Of the failed calls also those that mean a loss (and, of connect, those that usually mean none).
  'probe.connect_eperm': counter,
  'probe.connect_enoent': counter,
  'probe.connect_enetunreach': counter,
  'probe.connect_etimedout': counter,
  'probe.connect_econnrefused': counter,
  'probe.connect_ehostunreach': counter,
  // bind() of IPv4 and IPv6 sockets; without a port: those that asked for any and got EADDRINUSE.
  'probe.bind_failed': counter,
  'probe.bind_eacces': counter,
  'probe.bind_eaddrinuse': counter,
  'probe.bind_eaddrnotavail': counter,
  'probe.bind_no_port': counter,
  'probe.accept_failed': counter,
  'probe.accept_emfile': counter,
  'probe.accept_enfile': counter,
  'probe.accept_eperm': counter,
  'probe.accept_enomem': counter,
  'probe.accept_econnaborted': counter,
  'probe.accept_enobufs': counter,
  'probe.netfilter_drop': counter,
  'probe.netfilter_drop_syn': counter,
  'probe.netfilter_drop_syn_own': counter,
  // The port that the last of those SYNs was for.
  'probe.netfilter_drop_port': gauge,
  // The same of what filters and programs of tc dropped, in or out.
  'probe.tc_drop': counter,
  'probe.tc_drop_syn': counter,
  'probe.tc_drop_port': gauge,

  // /proc/net/stat/nf_conntrack, summed over CPUs, by header name (kernel.md section 1).
  'nf_conntrack.found': counter,
  'nf_conntrack.invalid': counter,
  'nf_conntrack.insert': counter,
  'nf_conntrack.insert_failed': counter,
  'nf_conntrack.drop': counter,
  'nf_conntrack.early_drop': counter,
  'nf_conntrack.error': counter,
  'nf_conntrack.search_restart': counter,
  'nf_conntrack.clash_resolve': counter,
  'nf_conntrack.chaintoolong': counter,
  // expect_create less expect_delete; absent where no expectation was ever made.
  'nf_conntrack.expect_count': gauge,

  'net.netfilter.nf_conntrack_count': gauge,
  'net.netfilter.nf_conntrack_max': limit,
  'net.netfilter.nf_conntrack_buckets': limit,
  'net.netfilter.nf_conntrack_expect_max': limit,
  'net.netfilter.nf_conntrack_tcp_timeout_established': limit,
  // Entries of a table that is nearly full, as far as they are looked at: the first some thousand of conntrack -L, which come
  // in the order of their hashes. Of them those without an answer, and those whose destination was rewritten besides.
  'entries.sampled': gauge,
  'entries.unreplied': gauge,
  'entries.unreplied_dnat': gauge,
  // The zone that has most of them, and how many; absent where conntrack tells of no zone.
  'entries.zone': gauge,
  'entries.in_zone': gauge,
  // Where the list ended before the limit of the look: entries that the kernel counts and does not list.
  'entries.unlisted': gauge,
  // /proc/modules: references that rules hold on the modules that rewrite sources, on the whole node.
  'modules.nat_references': gauge,
  // The same on the modules that hand packets to a program.
  'modules.queue_references': gauge,

  // /proc/net/netfilter/nfnetlink_queue, of all queues of a namespace; absent where the module is not loaded.
  'nfnetlink_queue.queues': gauge,
  'nfnetlink_queue.queue_dropped': counter,
  'nfnetlink_queue.user_dropped': counter,
  // Rules that hand packets to a queue that no program reads, and their packets as far as they count them.
  'rules.unread_queue': gauge,
  'rules.unread_queue_packets': counter,
  // What rules that drop or reject above a number of connections, or above a rate, have counted; looked at while SYNs are
  // dropped. Of the first kind also the lowest number.
  'rules.connection_limit_packets': counter,
  'rules.connection_limit': limit,
  'rules.rate_limit_packets': counter,

  // tc -s qdisc: what the filters of clsact and ingress qdiscs dropped; ethtool -S: what XDP programs dropped, as far as
  // the driver counts it. Both of our own namespace, and only where there are such filters and programs.
  'tc.filter_dropped': counter,
  'xdp.dropped': counter,

  // /proc/net/netstat and /proc/net/snmp.
  'TcpExt.ListenOverflows': counter,
  'TcpExt.ListenDrops': counter,
  'TcpExt.TCPReqQFullDrop': counter,
  'TcpExt.TCPReqQFullDoCookies': counter,
  'TcpExt.SyncookiesSent': counter,
  'TcpExt.SyncookiesFailed': counter,
  'TcpExt.TCPTimeWaitOverflow': counter,
  'TcpExt.TCPAbortOnMemory': counter,
  'TcpExt.TCPAbortOnClose': counter,
  'TcpExt.TCPAbortOnData': counter,
  'TcpExt.TCPAbortOnLinger': counter,
  'TcpExt.TCPAbortOnTimeout': counter,
  'TcpExt.TCPMemoryPressures': counter,
  'TcpExt.TCPRcvQDrop': counter,
  'TcpExt.PruneCalled': counter,
  'TcpExt.TCPOrigDataSent': counter,
  'TcpExt.TCPSynRetrans': counter,
  'TcpExt.TW': counter,
  'TcpExt.IPReversePathFilter': counter,
  // Before Linux 4.12 only: with tcp_tw_recycle, SYNs with a timestamp older than the last of their address.
  'TcpExt.PAWSPassive': counter,
  'Icmp.OutDestUnreachs': counter,
  'Udp.InDatagrams': counter,
  'Udp.RcvbufErrors': counter,
  'Tcp.ActiveOpens': counter,
  'Tcp.PassiveOpens': counter,
  'Tcp.AttemptFails': counter,
  'Tcp.EstabResets': counter,
  'Tcp.RetransSegs': counter,
  'Tcp.OutRsts': counter,
  'Tcp.CurrEstab': gauge,

  // ss -t, looked at while connections are accepted and nothing is sent: of the local port with most of them, the
  // established connections, and those whose data was unread at two looks in a row.
  'unserved.port': gauge,
  'unserved.established': gauge,
  'unserved.unread': gauge,

  // ss -xl: the unix listener whose queue is the longest part of its backlog, looked at while connections wait.
  'unix.accept_queue': gauge,
  'unix.backlog': limit,

  // /proc/net/sockstat and sockstat6.
  'sockstat.sockets.used': gauge,
  'sockstat.TCP.inuse': gauge,
  'sockstat.TCP.orphan': gauge,
  'sockstat.TCP.tw': gauge,
  'sockstat.TCP.alloc': gauge,
  'sockstat.TCP.mem': gauge,
  'sockstat6.TCP6.inuse': gauge,

  // /proc/net/stat/arp_cache and ndisc_cache: of the node, shown in its first namespace alone.
  'arp_cache.entries': gauge,
  'arp_cache.table_fulls': counter,
  'ndisc_cache.entries': gauge,
  'ndisc_cache.table_fulls': counter,
  'net.ipv4.neigh.default.gc_thresh3': limit,
  'net.ipv6.neigh.default.gc_thresh3': limit,

  // ethtool -S of Amazon's ENA cards: what the cloud beneath the host tracks and refuses.
  'ena.conntrack_allowance_exceeded': counter,
  'ena.conntrack_allowance_available': gauge,
  'ena.bw_in_allowance_exceeded': counter,
  'ena.bw_out_allowance_exceeded': counter,
  'ena.pps_allowance_exceeded': counter,
  'ena.linklocal_allowance_exceeded': counter,

  // /proc/net/ip_vs, looked at while SYNs are dropped or answered by ICMP: of the services at the port that they ask for,
  // how many there are, and of the emptiest the servers with a weight and, of these, those at their upper threshold.
  'ip_vs.asked_port': gauge,
  'ip_vs.asked_services': gauge,
  'ip_vs.asked_destinations': gauge,
  'ip_vs.asked_overloaded': gauge,
  'net.ipv4.vs.conn_reuse_mode': limit,
  'net.ipv4.vs.expire_nodest_conn': limit,
  // Services without a server, whichever port is asked for.
  'ip_vs.empty_services': gauge,

  // /proc/net/softnet_stat, summed over CPUs.
  'softnet.processed': counter,
  'softnet.dropped': counter,

  // /proc/sys.
  'net.core.somaxconn': limit,
  'net.core.netdev_max_backlog': limit,
  'net.ipv4.tcp_max_syn_backlog': limit,
  'net.ipv4.tcp_syncookies': limit,
  'net.ipv4.tcp_max_tw_buckets': limit,
  'net.ipv4.tcp_max_orphans': limit,
  'net.ipv4.tcp_mem.low': limit,
  'net.ipv4.tcp_mem.pressure': limit,
  'net.ipv4.tcp_mem.max': limit,
  'net.ipv4.ip_local_port_range.low': limit,
  'net.ipv4.ip_local_port_range.high': limit,
  'net.ipv4.tcp_tw_reuse': limit,
  // Before Linux 4.12 only.
  'net.ipv4.tcp_tw_recycle': limit,
  'net.ipv4.conf.all.rp_filter': limit,
  'fs.file-nr.allocated': gauge,
  'fs.file-max': limit,
  'fs.nr_open': limit,
  'kernel.threads-max': limit,
  'kernel.pid_max': limit,
  // Of pid_max those that can be given out: the first 300 only once, at boot.
  'pids.usable': limit,
  'vm.max_map_count': limit,

  // /proc/loadavg: tasks of the whole node, threads and kernel threads included.
  'loadavg.tasks': gauge,

  // /proc/slabinfo: bytes of one conntrack entry, without its extensions.
  'slab.nf_conntrack.objsize': limit,
} as const satisfies Readonly<Record<string, { readonly kind: MetricKind }>>;

/** The name of a figure. */
export type MetricName = keyof typeof METRICS;

/** Whether `name` is a metric of this version; safe for names out of untrusted files. */
export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

/** What kind of figure `name` is. */
export function metricKind(name: MetricName): MetricKind {
  return METRICS[name].kind;
}
