/** A setting of the guides, and why ctdiag differs. */
export interface GuideRow {
  readonly name: string;
  /** What the guide or the article sets. */
  readonly guide: string;
  readonly why: string;
}

/** In the order of the guide, then of the article. */
export const ROWS: readonly GuideRow[] = [
  {
    name: 'fs.file-max',
    guide: '2097152',
    why: 'Follows the connections. The kernel allows a file for each 10 KiB of RAM, and systemd lifts the limit at boot: often nothing is needed, and a smaller figure would be a step back.',
  },
  {
    name: 'fs.nr_open',
    guide: '2097152',
    why: 'Only has to be as large as the LimitNOFILE below. The stock 1,048,576 is enough up to some 950,000 connections.',
  },
  {
    name: 'LimitNOFILE',
    guide: '2097152',
    why: 'A descriptor for each connection, a tenth and a thousand spare. Set for the one unit, not for all users and services of the host.',
  },
  {
    name: 'net.core.somaxconn',
    guide: '32768',
    why: 'The queue has to last for a second in which the server does not accept: it follows the pace, not the number. A longer queue hides a server that is too slow, and its clients time out in it.',
  },
  {
    name: 'net.ipv4.tcp_max_syn_backlog',
    guide: '16384',
    why: 'The kernel does not look at it while tcp_syncookies is 1, which it is by default.',
  },
  {
    name: 'net.core.netdev_max_backlog',
    guide: '16384',
    why: 'Packets that wait for a CPU: a burst of a tenth of a second of handshakes. It is a queue before the protocol stack, and does not depend on the number of connections.',
  },
  {
    name: 'net.ipv4.ip_local_port_range',
    guide: '1024 65535',
    why: 'For connections that the host opens itself. A server accepts all of them on one port; the load generator needs the range, or more addresses.',
  },
  {
    name: 'net.core.rmem_default',
    guide: '262144',
    why: 'Not for TCP: its own triple sets what a connection begins with.',
  },
  { name: 'net.core.wmem_default', guide: '262144', why: 'The same.' },
  {
    name: 'net.core.rmem_max',
    guide: '16777216',
    why: 'Bounds SO_RCVBUF alone. A server that does not set it has its buffers tuned by the kernel, up to the third figure of tcp_rmem.',
  },
  { name: 'net.core.wmem_max', guide: '16777216', why: 'The same, for SO_SNDBUF and tcp_wmem.' },
  {
    name: 'net.core.optmem_max',
    guide: '16777216',
    why: 'For ancillary data and filters of sockets, which a broker has none of.',
  },
  {
    name: 'net.ipv4.tcp_mem',
    guide: '(commented out) 16777216 three times',
    why: 'Pages, not bytes: the figure of the guide is 64 GiB. Half a page is planned for each MQTT connection, which is silent most of the time. Where the stock value holds that, it is left.',
  },
  {
    name: 'net.ipv4.tcp_rmem',
    guide: '1024 4096 16777216',
    why: 'Left: these are caps, an idle connection uses nothing of them, and tcp_mem bounds the sum. With 4 KiB the first window would be less than two segments. Linux 6.16 and later allow 32 MiB.',
  },
  {
    name: 'net.ipv4.tcp_wmem',
    guide: '1024 4096 16777216',
    why: 'Left: the kernel raises it for every established connection anyway.',
  },
  {
    name: 'net.netfilter.nf_conntrack_max',
    guide: '1000000; the article: 1048576',
    why: 'Closed connections stay in the table for two minutes. At a million connections and a table of a million, the first wave of reconnects fills it.',
  },
  {
    name: 'net.netfilter.nf_conntrack_buckets',
    guide: 'the article: 1048576, after the maximum',
    why: 'As many as entries, and set before the maximum, so that chains are short at every moment.',
  },
  {
    name: 'net.netfilter.nf_conntrack_tcp_timeout_time_wait',
    guide: '30; the article: leave',
    why: 'Left at 120 s, as TCP has it; room for the closed ones is planned instead, at 256 bytes each.',
  },
  {
    name: 'net.netfilter.nf_conntrack_tcp_timeout_established',
    guide: 'the article: 21600',
    why: 'MQTT lets a client be silent for 18 hours and the server wait half as long again. Six hours would cut those that do so behind NAT.',
  },
  {
    name: 'net.ipv4.tcp_max_tw_buckets',
    guide: '1048576',
    why: 'Follows the pace: 60 s of closed connections. When it overflows nothing is refused.',
  },
  {
    name: 'net.ipv4.tcp_tw_reuse',
    guide: '(not recommended)',
    why: 'For connections that the host opens. tcp_tw_recycle, which the guide names too, is gone since Linux 4.12.',
  },
  {
    name: 'net.ipv4.tcp_fin_timeout',
    guide: '15',
    why: 'It is not the length of TIME_WAIT, which nothing changes. It ends connections that were closed on one side only.',
  },
  {
    name: 'net.ipv4.tcp_max_orphans',
    guide: '-',
    why: 'The guide does not name it. When a broker is stopped, all its connections become orphans, and what is above is reset.',
  },
  {
    name: 'node.process_limit',
    guide: '2097152',
    why: 'A process for each connection (three with TLS) and 65,536 others, as the power of two that Erlang makes of it. EMQX 5.1.1 to 6.2 ignore it: it is twice node.max_ports there.',
  },
  {
    name: 'node.max_ports',
    guide: '2097152',
    why: 'As LimitNOFILE, and at least half of the processes, as a power of two.',
  },
  {
    name: 'listeners.tcp.default.acceptors',
    guide: '64',
    why: "Follows the pace: 250 a second each, and not below EMQX's own 16.",
  },
  {
    name: 'listeners.tcp.default.tcp_options.backlog',
    guide: '-',
    why: 'EMQX asks for 1,024, and a larger somaxconn alone changes nothing.',
  },
];
