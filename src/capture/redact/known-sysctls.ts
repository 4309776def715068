import { METRICS } from '../../records/index.js';

/**
 * The sysctls that ctdiag reads, sets in a plan, or that decide which of them wins, with slashes. Any other key in a
 * file may be a typing error or an invented name, and is left out of a redacted capture.
 */
const MORE = `
  fs/file-max fs/file-nr fs/nr_open kernel/pid_max kernel/threads-max vm/max_map_count
  net/core/netdev_max_backlog net/core/optmem_max net/core/rmem_default net/core/rmem_max net/core/somaxconn
  net/core/wmem_default net/core/wmem_max
  net/ipv4/ip_local_port_range net/ipv4/ip_local_reserved_ports net/ipv4/neigh/default/gc_thresh1
  net/ipv4/neigh/default/gc_thresh2 net/ipv4/neigh/default/gc_thresh3 net/ipv4/tcp_fin_timeout
  net/ipv4/tcp_max_orphans net/ipv4/tcp_max_syn_backlog net/ipv4/tcp_max_tw_buckets net/ipv4/tcp_mem
  net/ipv4/tcp_rmem net/ipv4/tcp_syncookies net/ipv4/tcp_tw_reuse net/ipv4/tcp_wmem net/ipv4/udp_mem
  net/ipv4/tcp_abort_on_overflow net/ipv4/conf/all/rp_filter net/ipv4/conf/default/rp_filter
  net/ipv6/neigh/default/gc_thresh1 net/ipv6/neigh/default/gc_thresh2 net/ipv6/neigh/default/gc_thresh3
  net/ipv6/route/max_size net/nf_conntrack_max net/ipv4/netfilter/ip_conntrack_max
  net/netfilter/nf_conntrack_acct net/netfilter/nf_conntrack_buckets net/netfilter/nf_conntrack_count
  net/netfilter/nf_conntrack_expect_max net/netfilter/nf_conntrack_generic_timeout
  net/netfilter/nf_conntrack_icmp_timeout net/netfilter/nf_conntrack_max net/netfilter/nf_conntrack_tcp_be_liberal
  net/netfilter/nf_conntrack_tcp_loose net/netfilter/nf_conntrack_tcp_timeout_close
  net/netfilter/nf_conntrack_tcp_timeout_close_wait net/netfilter/nf_conntrack_tcp_timeout_established
  net/netfilter/nf_conntrack_tcp_timeout_fin_wait net/netfilter/nf_conntrack_tcp_timeout_last_ack
  net/netfilter/nf_conntrack_tcp_timeout_syn_recv net/netfilter/nf_conntrack_tcp_timeout_syn_sent
  net/netfilter/nf_conntrack_tcp_timeout_time_wait net/netfilter/nf_conntrack_timestamp
  net/netfilter/nf_conntrack_udp_timeout net/netfilter/nf_conntrack_udp_timeout_stream
`;

const KNOWN: readonly string[] = [
  ...new Set([
    ...MORE.split(/\s+/).filter((key) => key !== ''),
    ...Object.keys(METRICS)
      .filter((name) => /^(?:net|fs|vm|kernel)\./.test(name))
      .map((name) => name.replaceAll('.', '/')),
  ]),
];
const KNOWN_SET: ReadonlySet<string> = new Set(KNOWN);

/** No known sysctl has a longer pattern, and each further `*` costs time. */
const MAX_PATTERN_LENGTH = 80;

/** Whether a key, or a pattern with `*` and `?`, names a sysctl that is known: it then says nothing of its owner. */
export function isKnownSysctl(key: string): boolean {
  if (KNOWN_SET.has(key)) return true;
  if (!/^[a-z0-9_/*?-]+$/.test(key) || !/[*?]/.test(key) || key.length > MAX_PATTERN_LENGTH) return false;
  const pattern = key
    .replace(/\*+/g, '*')
    .replace(/[*?]/g, (wildcard) => (wildcard === '*' ? '[^/]*' : '[^/]'));
  // Each part of the pattern is of one part of the key: nothing to backtrack over but a few characters.
  const matcher = new RegExp(`^${pattern}$`);
  return KNOWN.some((known) => matcher.test(known));
}

/** Whether known sysctls stand below it: `net/netfilter`. */
export function isKnownSysctlPrefix(prefix: string): boolean {
  const folder = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return isKnownSysctl(prefix) || KNOWN.some((known) => known.startsWith(folder));
}
