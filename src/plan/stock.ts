import type { HostReading } from '../records/index.js';
import { kernelDefault } from '../limits/kernel-defaults.js';

/** A machine that is described, not read. */
export interface Machine {
  readonly memoryBytes: number;
  readonly cpus: number;
  /** `uname -r`, or its first figures. */
  readonly kernel: string;
}

/** The sysctls with a formula in kernel-defaults.ts; the fixed ones are below. */
const COMPUTED: readonly string[] = [
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_buckets',
  'fs.file-max',
  'fs.nr_open',
  'net.core.somaxconn',
  'net.core.netdev_max_backlog',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_max_orphans',
  'net.ipv4.tcp_mem',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
  'net.core.rmem_max',
  'net.core.wmem_max',
  'net.ipv4.neigh.default.gc_thresh1',
  'net.ipv4.neigh.default.gc_thresh2',
  'net.ipv4.neigh.default.gc_thresh3',
  'kernel.pid_max',
  'kernel.threads-max',
  'vm.max_map_count',
];

/**
 * The default settings of a machine, by the formulas of the kernel. MemTotal is slightly less than the installed RAM;
 * that does not matter here.
 */
export function stockHost({ memoryBytes, cpus, kernel }: Machine): HostReading {
  const version = versionOf(kernel);
  const facts = { kernel, memTotalBytes: memoryBytes, cpus, hashsize: null };
  const computed = COMPUTED.flatMap((name) => {
    const found = kernelDefault(name, facts);
    return found === null ? [] : [[name, found.value.replace(/\s+/g, ' ')] as const];
  });
  const sysctls: Record<string, number | string> = {
    ...Object.fromEntries(computed),
    'net.netfilter.nf_conntrack_count': 0,
    'net.netfilter.nf_conntrack_tcp_timeout_established': 432_000,
    'net.netfilter.nf_conntrack_tcp_timeout_time_wait': 120,
    'net.netfilter.nf_conntrack_tcp_timeout_close_wait': 60,
    'net.netfilter.nf_conntrack_tcp_timeout_fin_wait': 120,
    'net.netfilter.nf_conntrack_tcp_timeout_last_ack': 30,
    'net.netfilter.nf_conntrack_tcp_timeout_close': 10,
    'net.netfilter.nf_conntrack_tcp_timeout_syn_sent': 120,
    'net.netfilter.nf_conntrack_tcp_timeout_syn_recv': 60,
    'net.core.rmem_default': 212_992,
    'net.core.wmem_default': 212_992,
    'net.core.optmem_max': version < 6.07 ? 20_480 : 131_072,
    'net.ipv4.tcp_fin_timeout': 60,
    'net.ipv4.tcp_tw_reuse': 2,
  };
  return {
    host: null,
    kernel,
    memoryBytes,
    cpus,
    sysctls: Object.fromEntries(Object.entries(sysctls).map(([name, value]) => [name, String(value)])),
    slabBytes: {},
    conntrack: { module: 'loaded', holders: null },
    rules: {
      read: false,
      why: 'the machine is only described',
      nat: false,
      stateful: false,
      containerInterfaces: [],
    },
    servers: [],
    onLinkAddresses: null,
  };
}

/** `6.1.0-32-amd64` as 6.01, so that versions compare as numbers; infinity (newest) if unknown. */
function versionOf(kernel: string): number {
  const match = /^(\d{1,2})\.(\d{1,2})/.exec(kernel);
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]) + Number(match[2]) / 100;
}
