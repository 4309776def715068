import { NODE_WIDE } from '../records/index.js';
import type { MetricName, Netns } from '../records/index.js';
import { netnsOfSubject } from '../diagnose/index.js';
import type { Evidence } from '../diagnose/index.js';
import { enterNetns } from './words/fixes/shell.js';

/** How a figure is called and measured, wherever it is shown. */
export interface Field {
  readonly title: string;
  readonly unit: string;
  /** Where to read the same figure by hand. */
  readonly origin: string;
}

const conntrackStat = (column: string): string => `/proc/net/stat/nf_conntrack (${column})`;
const netstat = (name: string): string => `nstat -az ${name}`;
const sysctl = (name: string): string => `sysctl ${name}`;

/** Titles, units and origins of every metric and of the figures that evidence cites. */
export const FIELDS: Readonly<Record<MetricName | Evidence['metric'], Field>> = {
  'probe.insert': {
    title: 'flows inserted',
    unit: 'flows',
    origin: '__nf_conntrack_confirm returned NF_ACCEPT',
  },
  'probe.insert_failed': {
    title: 'flows that failed to insert',
    unit: 'flows',
    origin: '__nf_conntrack_confirm returned NF_DROP',
  },
  'probe.insert_failed_snat': {
    title: 'flows that failed to insert, source rewritten',
    unit: 'flows',
    origin: '__nf_conntrack_confirm returned NF_DROP, IPS_SRC_NAT set',
  },
  'probe.table_full': {
    title: 'flows refused, table full',
    unit: 'packets',
    origin: 'early_drop() returned 0',
  },
  'probe.early_drop': {
    title: 'flows that evicted another',
    unit: 'flows',
    origin: 'early_drop() returned 1',
  },
  'probe.destroy': { title: 'flows destroyed', unit: 'flows', origin: 'nf_ct_destroy()' },
  'probe.syn': { title: 'SYNs at listeners', unit: 'packets', origin: 'tcp_conn_request()' },
  'probe.syn_queue_drop': {
    title: 'SYNs dropped, SYN queue full',
    unit: 'packets',
    origin: 'tcp_conn_request() with a full SYN queue and tcp_syncookies 0',
  },
  'probe.syn_cookie': {
    title: 'SYNs answered by cookies, SYN queue full',
    unit: 'packets',
    origin: 'tcp_conn_request() with a full SYN queue, or tcp_syncookies 2',
  },
  'probe.connect_failed': {
    title: 'connect() calls that failed',
    unit: 'calls',
    origin: 'connect(2) returned an error',
  },
  'probe.connect_eaddrnotavail': {
    title: 'connect() calls without a free port',
    unit: 'calls',
    origin: 'connect(2) returned EADDRNOTAVAIL',
  },
  'probe.connect_eperm': {
    title: 'connect() calls that failed with EPERM',
    unit: 'calls',
    origin: 'connect(2) returned EPERM',
  },
  'probe.connect_enoent': {
    title: 'connect() calls that failed with ENOENT',
    unit: 'calls',
    origin: 'connect(2) returned ENOENT',
  },
  'probe.connect_enetunreach': {
    title: 'connect() calls that failed with ENETUNREACH',
    unit: 'calls',
    origin: 'connect(2) returned ENETUNREACH',
  },
  'probe.connect_etimedout': {
    title: 'connect() calls that failed with ETIMEDOUT',
    unit: 'calls',
    origin: 'connect(2) returned ETIMEDOUT',
  },
  'probe.connect_econnrefused': {
    title: 'connect() calls that failed with ECONNREFUSED',
    unit: 'calls',
    origin: 'connect(2) returned ECONNREFUSED',
  },
  'probe.connect_ehostunreach': {
    title: 'connect() calls that failed with EHOSTUNREACH',
    unit: 'calls',
    origin: 'connect(2) returned EHOSTUNREACH',
  },
  'probe.bind_failed': {
    title: 'bind() calls that failed',
    unit: 'calls',
    origin: 'bind(2) of an IPv4 or IPv6 socket returned an error',
  },
  'probe.bind_eacces': {
    title: 'bind() calls that failed with EACCES',
    unit: 'calls',
    origin: 'bind(2) of an IPv4 or IPv6 socket returned EACCES',
  },
  'probe.bind_eaddrinuse': {
    title: 'bind() calls that failed with EADDRINUSE',
    unit: 'calls',
    origin: 'bind(2) of an IPv4 or IPv6 socket returned EADDRINUSE',
  },
  'probe.bind_eaddrnotavail': {
    title: 'bind() calls that failed with EADDRNOTAVAIL',
    unit: 'calls',
    origin: 'bind(2) of an IPv4 or IPv6 socket returned EADDRNOTAVAIL',
  },
  'probe.bind_no_port': {
    title: 'bind() calls without a free port',
    unit: 'calls',
    origin: 'bind(2) of port 0 returned EADDRINUSE',
  },
  'probe.accept_failed': {
    title: 'accept() calls that failed',
    unit: 'calls',
    origin: 'accept(2) or accept4(2) returned an error',
  },
  'probe.accept_emfile': {
    title: 'accept() calls, process out of descriptors',
    unit: 'calls',
    origin: 'accept(2) or accept4(2) returned EMFILE',
  },
  'probe.accept_enfile': {
    title: 'accept() calls, host out of file handles',
    unit: 'calls',
    origin: 'accept(2) or accept4(2) returned ENFILE',
  },
  'probe.accept_eperm': {
    title: 'accept() calls that failed with EPERM',
    unit: 'calls',
    origin: 'accept(2) or accept4(2) returned EPERM',
  },
  'probe.accept_enomem': {
    title: 'accept() calls that failed with ENOMEM',
    unit: 'calls',
    origin: 'accept(2) or accept4(2) returned ENOMEM',
  },
  'probe.accept_econnaborted': {
    title: 'accept() calls that failed with ECONNABORTED',
    unit: 'calls',
    origin: 'accept(2) or accept4(2) returned ECONNABORTED',
  },
  'probe.accept_enobufs': {
    title: 'accept() calls that failed with ENOBUFS',
    unit: 'calls',
    origin: 'accept(2) or accept4(2) returned ENOBUFS',
  },
  'probe.netfilter_drop': {
    title: 'packets dropped by netfilter',
    unit: 'packets',
    origin: 'skb:kfree_skb with reason NETFILTER_DROP',
  },
  'probe.netfilter_drop_syn': {
    title: 'SYNs dropped by netfilter',
    unit: 'packets',
    origin: 'skb:kfree_skb with reason NETFILTER_DROP, an incoming SYN',
  },
  'probe.netfilter_drop_syn_own': {
    title: 'own SYNs dropped by netfilter',
    unit: 'packets',
    origin: 'skb:kfree_skb with reason NETFILTER_DROP, a SYN sent by this host',
  },
  'probe.netfilter_drop_port': {
    title: 'port of the last SYN dropped by netfilter',
    unit: 'port',
    origin: 'its TCP header',
  },
  'probe.tc_drop': {
    title: 'packets dropped by filters of tc',
    unit: 'packets',
    origin: 'skb:kfree_skb with reason TC_INGRESS or TC_EGRESS',
  },
  'probe.tc_drop_syn': {
    title: 'SYNs dropped by filters of tc',
    unit: 'packets',
    origin: 'skb:kfree_skb with reason TC_INGRESS or TC_EGRESS, a SYN',
  },
  'probe.tc_drop_port': {
    title: 'port of the last SYN dropped by a filter of tc',
    unit: 'port',
    origin: 'its TCP header',
  },
  'tc.filter_dropped': {
    title: 'packets dropped by filters of tc, of all interfaces',
    unit: 'packets',
    origin: 'tc -s qdisc show, clsact and ingress',
  },
  'xdp.dropped': {
    title: 'packets dropped by XDP programs, as far as drivers count them',
    unit: 'packets',
    origin: 'ethtool -S, *xdp_drop*',
  },
  'probe.accept_overflow_syn': {
    title: 'SYNs dropped, accept queue full',
    unit: 'packets',
    origin: 'tcp_conn_request() with sk_ack_backlog > sk_max_ack_backlog',
  },
  'probe.accept_overflow_ack': {
    title: 'final ACKs dropped, accept queue full',
    unit: 'packets',
    origin: 'tcp_v4_syn_recv_sock() returned NULL with a full accept queue',
  },
  'nf_conntrack.found': { title: 'conntrack found', unit: 'packets', origin: conntrackStat('found') },
  'nf_conntrack.invalid': { title: 'conntrack invalid', unit: 'packets', origin: conntrackStat('invalid') },
  'nf_conntrack.insert': {
    title: 'inserts by ctnetlink or BPF',
    unit: 'flows',
    origin: conntrackStat('insert'),
  },
  'nf_conntrack.insert_failed': {
    title: 'conntrack insert_failed',
    unit: 'flows',
    origin: conntrackStat('insert_failed'),
  },
  'nf_conntrack.drop': { title: 'conntrack drop', unit: 'packets', origin: conntrackStat('drop') },
  'nf_conntrack.early_drop': {
    title: 'conntrack early_drop',
    unit: 'flows',
    origin: conntrackStat('early_drop'),
  },
  'nf_conntrack.error': { title: 'conntrack error', unit: 'packets', origin: conntrackStat('icmp_error') },
  'nf_conntrack.search_restart': {
    title: 'conntrack search_restart',
    unit: 'lookups',
    origin: conntrackStat('search_restart'),
  },
  'nf_conntrack.clash_resolve': {
    title: 'conntrack clash_resolve',
    unit: 'flows',
    origin: conntrackStat('clashres'),
  },
  'nf_conntrack.chaintoolong': {
    title: 'conntrack chaintoolong',
    unit: 'flows',
    origin: conntrackStat('chainlength'),
  },
  'net.netfilter.nf_conntrack_count': {
    title: 'conntrack entries',
    unit: 'entries',
    origin: sysctl('net.netfilter.nf_conntrack_count'),
  },
  'nf_conntrack.expect_count': {
    title: 'conntrack expectations',
    unit: 'expectations',
    origin: '/proc/net/stat/nf_conntrack (expect_create - expect_delete)',
  },
  'net.netfilter.nf_conntrack_expect_max': {
    title: 'conntrack expectations at most',
    unit: 'expectations',
    origin: sysctl('net.netfilter.nf_conntrack_expect_max'),
  },
  'net.netfilter.nf_conntrack_max': {
    title: 'conntrack limit',
    unit: 'entries',
    origin: sysctl('net.netfilter.nf_conntrack_max'),
  },
  'net.netfilter.nf_conntrack_buckets': {
    title: 'conntrack buckets',
    unit: 'buckets',
    origin: sysctl('net.netfilter.nf_conntrack_buckets'),
  },
  'net.netfilter.nf_conntrack_tcp_timeout_established': {
    title: 'timeout of established entries',
    unit: 's',
    origin: sysctl('net.netfilter.nf_conntrack_tcp_timeout_established'),
  },
  'entries.sampled': {
    title: 'conntrack entries looked at',
    unit: 'entries',
    origin: 'conntrack -L, its first part',
  },
  'entries.unreplied': {
    title: 'of these, entries that never had an answer',
    unit: 'entries',
    origin: 'conntrack -L, [UNREPLIED]',
  },
  'entries.unreplied_dnat': {
    title: 'of these, entries whose destination NAT rewrote',
    unit: 'entries',
    origin: 'conntrack -L, [UNREPLIED]',
  },
  'entries.zone': {
    title: 'conntrack zone with most of the entries looked at',
    unit: 'zone',
    origin: 'conntrack -L, zone=',
  },
  'entries.in_zone': {
    title: 'of the entries looked at, those in that zone',
    unit: 'entries',
    origin: 'conntrack -L, zone=',
  },
  'entries.unlisted': {
    title: 'entries that are counted and not listed: dying, or held by a packet',
    unit: 'entries',
    origin: 'nf_conntrack_count less conntrack -L',
  },
  'modules.nat_references': {
    title: 'references on the NAT modules',
    unit: 'references',
    origin: '/proc/modules (nft_masq, nft_nat, xt_MASQUERADE, xt_nat)',
  },
  'modules.queue_references': {
    title: 'references on the modules of NFQUEUE',
    unit: 'references',
    origin: '/proc/modules (nft_queue, xt_NFQUEUE)',
  },
  'nfnetlink_queue.queues': {
    title: 'queues that a program reads',
    unit: 'queues',
    origin: '/proc/net/netfilter/nfnetlink_queue',
  },
  'nfnetlink_queue.queue_dropped': {
    title: 'dropped, queue to a program full',
    unit: 'packets',
    origin: '/proc/net/netfilter/nfnetlink_queue (6)',
  },
  'nfnetlink_queue.user_dropped': {
    title: 'dropped, socket of the program full',
    unit: 'packets',
    origin: '/proc/net/netfilter/nfnetlink_queue (7)',
  },
  'rules.unread_queue': {
    title: 'rules that hand packets to a queue that no program reads',
    unit: 'rules',
    origin: 'nft list ruleset, iptables-legacy-save',
  },
  'rules.unread_queue_packets': {
    title: 'packets counted by those rules',
    unit: 'packets',
    origin: 'nft list ruleset, iptables-legacy-save -c',
  },
  'rules.connection_limit_packets': {
    title: 'packets counted by rules that drop above a number of connections (ct count, connlimit)',
    unit: 'packets',
    origin: 'nft list ruleset, iptables-save -c',
  },
  'rules.connection_limit': {
    title: 'the lowest number of connections that such a rule allows',
    unit: 'connections',
    origin: 'nft list ruleset, iptables-save -c',
  },
  'rules.rate_limit_packets': {
    title: 'packets counted by rules that drop above a rate (limit, hashlimit, recent)',
    unit: 'packets',
    origin: 'nft list ruleset, iptables-save -c',
  },
  'TcpExt.ListenOverflows': {
    title: 'accept-queue overflows',
    unit: 'packets',
    origin: netstat('TcpExtListenOverflows'),
  },
  'TcpExt.ListenDrops': {
    title: 'drops at listeners',
    unit: 'packets',
    origin: netstat('TcpExtListenDrops'),
  },
  'TcpExt.TCPReqQFullDrop': {
    title: 'SYN-queue drops',
    unit: 'packets',
    origin: netstat('TcpExtTCPReqQFullDrop'),
  },
  'TcpExt.TCPReqQFullDoCookies': {
    title: 'SYN cookies, queue full',
    unit: 'packets',
    origin: netstat('TcpExtTCPReqQFullDoCookies'),
  },
  'TcpExt.SyncookiesSent': {
    title: 'SYN cookies sent',
    unit: 'packets',
    origin: netstat('TcpExtSyncookiesSent'),
  },
  'TcpExt.SyncookiesFailed': {
    title: 'SYN cookies failed',
    unit: 'packets',
    origin: netstat('TcpExtSyncookiesFailed'),
  },
  'TcpExt.TCPTimeWaitOverflow': {
    title: 'TIME_WAIT overflows',
    unit: 'sockets',
    origin: netstat('TcpExtTCPTimeWaitOverflow'),
  },
  'TcpExt.TCPAbortOnMemory': {
    title: 'aborts for memory',
    unit: 'sockets',
    origin: netstat('TcpExtTCPAbortOnMemory'),
  },
  'TcpExt.TCPAbortOnClose': {
    title: 'closed with data unread',
    unit: 'sockets',
    origin: netstat('TcpExtTCPAbortOnClose'),
  },
  'TcpExt.TCPAbortOnData': {
    title: 'closed before data came',
    unit: 'sockets',
    origin: netstat('TcpExtTCPAbortOnData'),
  },
  'TcpExt.TCPMemoryPressures': {
    title: 'times under TCP memory pressure',
    unit: 'times',
    origin: netstat('TcpExtTCPMemoryPressures'),
  },
  'TcpExt.TCPRcvQDrop': {
    title: 'data dropped, no TCP memory',
    unit: 'packets',
    origin: netstat('TcpExtTCPRcvQDrop'),
  },
  'TcpExt.PruneCalled': {
    title: 'receive queues pruned for memory',
    unit: 'times',
    origin: netstat('TcpExtPruneCalled'),
  },
  'TcpExt.TCPOrigDataSent': {
    title: 'data segments sent',
    unit: 'packets',
    origin: netstat('TcpExtTCPOrigDataSent'),
  },
  'TcpExt.TW': { title: 'TIME_WAIT run out', unit: 'sockets', origin: netstat('TcpExtTW') },
  'Tcp.ActiveOpens': { title: 'connects made here', unit: 'sockets', origin: netstat('TcpActiveOpens') },
  'Tcp.PassiveOpens': {
    title: 'connections accepted here',
    unit: 'sockets',
    origin: netstat('TcpPassiveOpens'),
  },
  'Tcp.AttemptFails': { title: 'connects failed', unit: 'sockets', origin: netstat('TcpAttemptFails') },
  'Tcp.EstabResets': { title: 'connections reset', unit: 'sockets', origin: netstat('TcpEstabResets') },
  'Tcp.RetransSegs': { title: 'segments resent', unit: 'packets', origin: netstat('TcpRetransSegs') },
  'TcpExt.TCPSynRetrans': {
    title: 'SYNs and SYN-ACKs resent',
    unit: 'packets',
    origin: netstat('TcpExtTCPSynRetrans'),
  },
  'Tcp.OutRsts': { title: 'resets sent', unit: 'packets', origin: netstat('TcpOutRsts') },
  'TcpExt.TCPAbortOnLinger': {
    title: 'reset, linger time over',
    unit: 'sockets',
    origin: netstat('TcpExtTCPAbortOnLinger'),
  },
  'TcpExt.TCPAbortOnTimeout': {
    title: 'reset, peer gone',
    unit: 'sockets',
    origin: netstat('TcpExtTCPAbortOnTimeout'),
  },
  'TcpExt.PAWSPassive': {
    title: 'SYNs dropped for their timestamp (tcp_tw_recycle)',
    unit: 'packets',
    origin: netstat('TcpExtPAWSPassive'),
  },
  'TcpExt.IPReversePathFilter': {
    title: 'dropped by rp_filter',
    unit: 'packets',
    origin: netstat('TcpExtIPReversePathFilter'),
  },
  'Icmp.OutDestUnreachs': {
    title: 'answered by ICMP destination unreachable',
    unit: 'packets',
    origin: netstat('IcmpOutDestUnreachs'),
  },
  'Udp.InDatagrams': {
    title: 'UDP datagrams delivered',
    unit: 'packets',
    origin: netstat('UdpInDatagrams'),
  },
  'Udp.RcvbufErrors': {
    title: 'UDP datagrams dropped, receive buffer full',
    unit: 'packets',
    origin: netstat('UdpRcvbufErrors'),
  },
  'net.ipv4.conf.all.rp_filter': {
    title: 'rp_filter of all interfaces',
    unit: '',
    origin: sysctl('net.ipv4.conf.all.rp_filter'),
  },
  'Tcp.CurrEstab': { title: 'established', unit: 'sockets', origin: netstat('TcpCurrEstab') },
  'unserved.port': { title: 'local port with most unread connections', unit: 'port', origin: 'ss -t' },
  'unserved.established': {
    title: 'established connections of that port',
    unit: 'connections',
    origin: 'ss -t state established',
  },
  'unserved.unread': {
    title: 'of these, connections whose data stayed unread between two looks',
    unit: 'connections',
    origin: 'ss -t state established, Recv-Q',
  },
  'unix.accept_queue': {
    title: 'accept queue of a unix socket',
    unit: 'connections',
    origin: 'ss -xl (Recv-Q)',
  },
  'unix.backlog': { title: 'backlog of that unix socket', unit: 'connections', origin: 'ss -xl (Send-Q)' },
  'sockstat.sockets.used': { title: 'sockets', unit: 'sockets', origin: '/proc/net/sockstat' },
  'sockstat.TCP.inuse': { title: 'TCP sockets in use', unit: 'sockets', origin: '/proc/net/sockstat' },
  'sockstat.TCP.orphan': { title: 'TCP orphans', unit: 'sockets', origin: '/proc/net/sockstat' },
  'sockstat.TCP.tw': { title: 'TIME_WAIT', unit: 'sockets', origin: '/proc/net/sockstat' },
  'sockstat.TCP.alloc': { title: 'TCP sockets allocated', unit: 'sockets', origin: '/proc/net/sockstat' },
  'sockstat.TCP.mem': { title: 'TCP memory', unit: 'pages', origin: '/proc/net/sockstat' },
  'sockstat6.TCP6.inuse': { title: 'TCP sockets over IPv6', unit: 'sockets', origin: '/proc/net/sockstat6' },
  'arp_cache.entries': {
    title: 'neighbours, IPv4',
    unit: 'entries',
    origin: '/proc/net/stat/arp_cache (entries)',
  },
  'arp_cache.table_fulls': {
    title: 'neighbours refused, IPv4',
    unit: 'attempts',
    origin: '/proc/net/stat/arp_cache (table_fulls)',
  },
  'ndisc_cache.entries': {
    title: 'neighbours, IPv6',
    unit: 'entries',
    origin: '/proc/net/stat/ndisc_cache (entries)',
  },
  'ndisc_cache.table_fulls': {
    title: 'neighbours refused, IPv6',
    unit: 'attempts',
    origin: '/proc/net/stat/ndisc_cache (table_fulls)',
  },
  'net.ipv4.neigh.default.gc_thresh3': {
    title: 'neighbour limit, IPv4',
    unit: 'entries',
    origin: sysctl('net.ipv4.neigh.default.gc_thresh3'),
  },
  'net.ipv6.neigh.default.gc_thresh3': {
    title: 'neighbour limit, IPv6',
    unit: 'entries',
    origin: sysctl('net.ipv6.neigh.default.gc_thresh3'),
  },
  'ena.conntrack_allowance_exceeded': {
    title: 'dropped by the cloud, allowance exceeded',
    unit: 'packets',
    origin: 'ethtool -S (conntrack_allowance_exceeded)',
  },
  'ena.conntrack_allowance_available': {
    title: "connections left in the cloud's allowance",
    unit: 'connections',
    origin: 'ethtool -S (conntrack_allowance_available)',
  },
  'ena.bw_in_allowance_exceeded': {
    title: "queued or dropped by the cloud, incoming bandwidth above the instance's",
    unit: 'packets',
    origin: 'ethtool -S (bw_in_allowance_exceeded)',
  },
  'ena.bw_out_allowance_exceeded': {
    title: "queued or dropped by the cloud, outgoing bandwidth above the instance's",
    unit: 'packets',
    origin: 'ethtool -S (bw_out_allowance_exceeded)',
  },
  'ena.pps_allowance_exceeded': {
    title: "queued or dropped by the cloud, packets per second above the instance's",
    unit: 'packets',
    origin: 'ethtool -S (pps_allowance_exceeded)',
  },
  'ena.linklocal_allowance_exceeded': {
    title: 'dropped by the cloud on the way to its DNS, time and metadata services',
    unit: 'packets',
    origin: 'ethtool -S (linklocal_allowance_exceeded)',
  },
  'ip_vs.asked_port': { title: 'port of the IPVS service', unit: 'port', origin: '/proc/net/ip_vs' },
  'ip_vs.asked_services': {
    title: 'IPVS services at that port',
    unit: 'services',
    origin: '/proc/net/ip_vs',
  },
  'ip_vs.asked_destinations': {
    title: 'servers of that IPVS service with a weight above 0',
    unit: 'servers',
    origin: '/proc/net/ip_vs',
  },
  'ip_vs.asked_overloaded': {
    title: 'of these, servers at their upper threshold',
    unit: 'servers',
    origin: 'ipvsadm -Ln --thresholds',
  },
  'net.ipv4.vs.conn_reuse_mode': {
    title: 'conn_reuse_mode (1: before Linux 5.9 SYNs of reused ports are dropped)',
    unit: '',
    origin: sysctl('net.ipv4.vs.conn_reuse_mode'),
  },
  'net.ipv4.vs.expire_nodest_conn': {
    title: 'expire_nodest_conn (0: connections to a server that is gone hang)',
    unit: '',
    origin: sysctl('net.ipv4.vs.expire_nodest_conn'),
  },
  'ip_vs.empty_services': {
    title: 'IPVS services without a server',
    unit: 'services',
    origin: '/proc/net/ip_vs',
  },
  'softnet.processed': {
    title: 'packets taken from the backlog',
    unit: 'packets',
    origin: '/proc/net/softnet_stat (1)',
  },
  'softnet.dropped': {
    title: 'packets dropped, backlog of a CPU full',
    unit: 'packets',
    origin: '/proc/net/softnet_stat (2)',
  },
  'net.core.somaxconn': { title: 'somaxconn', unit: 'connections', origin: sysctl('net.core.somaxconn') },
  'net.core.netdev_max_backlog': {
    title: 'netdev_max_backlog',
    unit: 'packets',
    origin: sysctl('net.core.netdev_max_backlog'),
  },
  'net.ipv4.tcp_max_syn_backlog': {
    title: 'tcp_max_syn_backlog',
    unit: 'connections',
    origin: sysctl('net.ipv4.tcp_max_syn_backlog'),
  },
  'net.ipv4.tcp_syncookies': { title: 'tcp_syncookies', unit: '', origin: sysctl('net.ipv4.tcp_syncookies') },
  'net.ipv4.tcp_max_tw_buckets': {
    title: 'tcp_max_tw_buckets',
    unit: 'sockets',
    origin: sysctl('net.ipv4.tcp_max_tw_buckets'),
  },
  'net.ipv4.tcp_max_orphans': {
    title: 'tcp_max_orphans',
    unit: 'sockets',
    origin: sysctl('net.ipv4.tcp_max_orphans'),
  },
  'net.ipv4.tcp_mem.low': { title: 'tcp_mem (first)', unit: 'pages', origin: sysctl('net.ipv4.tcp_mem') },
  'net.ipv4.tcp_mem.pressure': {
    title: 'tcp_mem (second)',
    unit: 'pages',
    origin: sysctl('net.ipv4.tcp_mem'),
  },
  'net.ipv4.tcp_mem.max': { title: 'tcp_mem (third)', unit: 'pages', origin: sysctl('net.ipv4.tcp_mem') },
  'net.ipv4.ip_local_port_range.low': {
    title: 'first ephemeral port',
    unit: 'port',
    origin: sysctl('net.ipv4.ip_local_port_range'),
  },
  'net.ipv4.ip_local_port_range.high': {
    title: 'last ephemeral port',
    unit: 'port',
    origin: sysctl('net.ipv4.ip_local_port_range'),
  },
  'net.ipv4.tcp_tw_recycle': {
    title: 'tcp_tw_recycle',
    unit: '',
    origin: sysctl('net.ipv4.tcp_tw_recycle'),
  },
  'net.ipv4.tcp_tw_reuse': { title: 'tcp_tw_reuse', unit: '', origin: sysctl('net.ipv4.tcp_tw_reuse') },
  'fs.file-nr.allocated': { title: 'file handles', unit: 'files', origin: sysctl('fs.file-nr') },
  'fs.nr_open': { title: 'nr_open', unit: 'files', origin: sysctl('fs.nr_open') },
  'fs.file-max': { title: 'file-max', unit: 'files', origin: sysctl('fs.file-max') },
  'kernel.threads-max': { title: 'threads-max', unit: 'tasks', origin: sysctl('kernel.threads-max') },
  'kernel.pid_max': { title: 'pid_max', unit: 'tasks', origin: sysctl('kernel.pid_max') },
  'pids.usable': {
    title: 'usable process ids',
    unit: 'tasks',
    origin: 'kernel.pid_max less the ids that the kernel reserves',
  },
  'vm.max_map_count': { title: 'max_map_count', unit: 'mappings', origin: sysctl('vm.max_map_count') },
  'loadavg.tasks': { title: 'tasks of the host', unit: 'tasks', origin: '/proc/loadavg (4)' },
  'slab.nf_conntrack.objsize': {
    title: 'size of a conntrack entry',
    unit: 'bytes',
    origin: '/proc/slabinfo (nf_conntrack, objsize)',
  },
  'pids.current': { title: 'tasks of the control group', unit: 'tasks', origin: 'pids.current, pids.max' },
  'pids.events': { title: 'forks refused by the control group', unit: 'calls', origin: 'pids.events (max)' },
  'erlang.ports': {
    title: 'Erlang ports (descriptors in use)',
    unit: 'ports',
    origin: 'ls /proc/PID/fd | wc -l, against -Q in /proc/PID/cmdline',
  },
  mappings: { title: 'memory mappings', unit: 'mappings', origin: 'wc -l /proc/PID/maps' },
  sk_ack_backlog: {
    title: 'accept queue',
    unit: 'connections',
    origin: 'ss -ltn: Recv-Q of Send-Q, full at one more',
  },
  RLIMIT_NOFILE: {
    title: 'open file descriptors',
    unit: 'files',
    origin: '/proc/PID/limits (Max open files)',
  },
  'listener.overflows': {
    title: 'refused at this listener',
    unit: 'packets',
    origin: 'tcp_conn_request() and tcp_v4_syn_recv_sock() on its socket',
  },
  'local-ports': {
    title: 'local ports in use',
    unit: 'ports',
    origin: 'ss -tn state connected, against sysctl net.ipv4.ip_local_port_range',
  },
  'local-ports.reserved': {
    title: 'ports of the range that no connect may take',
    unit: 'ports',
    origin: sysctl('net.ipv4.ip_local_reserved_ports'),
  },
  'local-ports.time-wait': {
    title: 'of them in TIME_WAIT',
    unit: 'ports',
    origin: 'ss -tn state time-wait',
  },
  coverage: { title: 'coverage', unit: 'probes', origin: 'ctdiag doctor' },
  'setting.file': {
    title: 'asked for by the sysctl files',
    unit: '',
    origin: 'systemd-analyze cat-config sysctl.d',
  },
  'setting.default': {
    title: "the kernel's own value",
    unit: '',
    origin: 'computed for this kernel and memory',
  },
};

/** Origins that are complete commands; other origins are files, functions or descriptions. */
const READERS = /^(?:sysctl|nstat|ss|ethtool|systemd-analyze) /;

/**
 * How to read pieces of evidence by hand: the commands among their origins, each once, in the network namespace that it
 * is about. `hostNetns` is the one that a person's shell is in; `null` where that is not known.
 */
export function lookupCommands(
  evidence: readonly Pick<Evidence, 'metric' | 'subject'>[],
  hostNetns: Netns | null = null,
): string[] {
  const commands = evidence.flatMap(({ metric, subject }) => {
    const { origin } = FIELDS[metric];
    const netns = netnsOfSubject(subject);
    const isElsewhere = netns !== null && netns !== NODE_WIDE && hostNetns !== null && netns !== hostNetns;
    const enter = isElsewhere ? enterNetns({ netns, by: { kind: 'inode' }, container: null }) : '';
    // What follows a colon or a comma explains the command, or is an argument that is not known here.
    return READERS.test(origin) ? [`${enter}${origin.replace(/[:,(].*$/, '').trim()}`] : [];
  });
  return [...new Set(commands)];
}
