import type { HostReading } from '../records/index.js';
import { PAGE_BYTES } from './target.js';

/** A machine that is described, not read: what the kernel sets by itself on so much RAM. */
export interface Machine {
  readonly memoryBytes: number;
  readonly cpus: number;
  /** `uname -r`, or its first figures. */
  readonly kernel: string;
}

const GIB = 1024 ** 3;

/**
 * The stock settings of a machine, by the formulas of the kernel. MemTotal is a little below the RAM that is plugged
 * in, which no formula here minds.
 */
export function stockHost({ memoryBytes, cpus, kernel }: Machine): HostReading {
  const version = versionOf(kernel);
  const conntrack = stockConntrack(memoryBytes, version);
  // alloc_large_system_hash: a bucket for 128 KiB, a power of two, half a million at most.
  const ehash = Math.min(524_288, 2 ** Math.ceil(Math.log2(memoryBytes / (128 * 1024))));
  // tcp_init_mem: a sixteenth of the pages; then 3/4, 1 and 3/2 of that.
  const pages = Math.floor(memoryBytes / PAGE_BYTES / 16);
  const sysctls: Record<string, number | string> = {
    'net.netfilter.nf_conntrack_max': conntrack.max,
    'net.netfilter.nf_conntrack_buckets': conntrack.buckets,
    'net.netfilter.nf_conntrack_count': 0,
    'net.netfilter.nf_conntrack_tcp_timeout_established': 432_000,
    'net.netfilter.nf_conntrack_tcp_timeout_time_wait': 120,
    'net.netfilter.nf_conntrack_tcp_timeout_close_wait': 60,
    'net.netfilter.nf_conntrack_tcp_timeout_fin_wait': 120,
    'net.netfilter.nf_conntrack_tcp_timeout_last_ack': 30,
    'net.netfilter.nf_conntrack_tcp_timeout_close': 10,
    'net.netfilter.nf_conntrack_tcp_timeout_syn_sent': 120,
    'net.netfilter.nf_conntrack_tcp_timeout_syn_recv': 60,
    // A tenth of the memory at a KiB a file.
    'fs.file-max': Math.floor(memoryBytes / 10_240),
    'fs.nr_open': 1_048_576,
    'net.core.somaxconn': version < 5.04 ? 128 : 4096,
    'net.ipv4.tcp_syncookies': 1,
    'net.ipv4.tcp_max_syn_backlog': Math.max(128, ehash / 128),
    'net.core.netdev_max_backlog': 1000,
    'net.ipv4.tcp_mem': [Math.floor(pages / 4) * 3, pages, Math.floor(pages / 4) * 6].join(' '),
    'net.ipv4.tcp_rmem': '4096 131072 6291456',
    'net.ipv4.tcp_wmem': '4096 16384 4194304',
    'net.core.rmem_default': 212_992,
    'net.core.wmem_default': 212_992,
    'net.core.rmem_max': 212_992,
    'net.core.wmem_max': 212_992,
    'net.core.optmem_max': version < 6.07 ? 20_480 : 131_072,
    'net.ipv4.tcp_max_tw_buckets': ehash / 2,
    'net.ipv4.tcp_max_orphans': ehash / 2,
    'net.ipv4.tcp_fin_timeout': 60,
    'net.ipv4.tcp_tw_reuse': 2,
    'net.ipv4.ip_local_port_range': '32768 60999',
    'net.ipv4.neigh.default.gc_thresh1': 128,
    'net.ipv4.neigh.default.gc_thresh2': 512,
    'net.ipv4.neigh.default.gc_thresh3': 1024,
    'kernel.pid_max': Math.max(32_768, 1024 * cpus),
    // A page of stack is 1/4 of THREAD_SIZE (16 KiB), and threads may take an eighth of the memory.
    'kernel.threads-max': Math.floor(memoryBytes / (8 * 16_384)),
    'vm.max_map_count': 65_530,
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

/** nf_conntrack_init_start; a step up at 1 and at 4 GiB. */
function stockConntrack(
  memoryBytes: number,
  version: number,
): { readonly buckets: number; readonly max: number } {
  const four = version < 5.15;
  const buckets =
    memoryBytes > 4 * GIB
      ? four
        ? 65_536
        : 262_144
      : memoryBytes > GIB
        ? four
          ? 16_384
          : 65_536
        : Math.max(four ? 32 : 1024, Math.floor(memoryBytes / (128 * 1024)));
  return { buckets, max: buckets * (four ? 4 : 1) };
}

/** `6.1.0-32-amd64` as 6.01, so that versions compare as figures; the newest where it cannot be told. */
function versionOf(kernel: string): number {
  const match = /^(\d{1,2})\.(\d{1,2})/.exec(kernel);
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]) + Number(match[2]) / 100;
}
