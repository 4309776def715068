import { pageBytesOf } from '../records/index.js';

/** What a kernel computes its defaults from. */
export interface KernelFacts {
  /** `uname -r`. */
  readonly kernel: string;
  /** MemTotal, `null` when unknown. */
  readonly memTotalBytes: number | null;
  /** CPUs online, `null` when unknown. */
  readonly cpus: number | null;
  /** The `hashsize` option that nf_conntrack was loaded with; `null` without one. */
  readonly hashsize: number | null;
  /** Bytes of a page; absent when it was not read: then it is derived from the kernel's name. */
  readonly pageBytes?: number;
}

/** A default that the kernel computed. */
export interface KernelDefault {
  /** As the sysctl shows it. */
  readonly value: string;
  /** `false` where it follows memory so closely that the figure is right to some percent only. */
  readonly exact: boolean;
  /** What it is computed from. */
  readonly from: 'fixed' | 'memory' | 'cpus' | 'hashsize';
}

const KIB = 1024;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/**
 * The default of a sysctl (name with dots) on this kernel with this memory; `null` if unknown. The formulas are those of
 * the kernel sources from 4.18 (RHEL 8) to 7.2.
 */
export function kernelDefault(name: string, facts: KernelFacts): KernelDefault | null {
  const version = versionOf(facts.kernel);
  if (version === null) return null;
  const memory = facts.memTotalBytes;
  switch (name) {
    case 'net.netfilter.nf_conntrack_max':
    case 'net.nf_conntrack_max':
      return conntrackDefaults(facts, version)?.max ?? null;
    case 'net.netfilter.nf_conntrack_buckets':
      return conntrackDefaults(facts, version)?.buckets ?? null;
    case 'net.core.somaxconn':
      return fixedDefault(isAtLeast(version, 5, 4) ? '4096' : '128');
    case 'net.core.netdev_max_backlog':
      return fixedDefault('1000');
    case 'net.ipv4.ip_local_port_range':
      return fixedDefault('32768\t60999');
    case 'net.ipv4.tcp_syncookies':
      return fixedDefault('1');
    case 'net.ipv4.tcp_max_tw_buckets':
    case 'net.ipv4.tcp_max_orphans':
      return memory === null ? null : memoryDefault(ehashEntries(memory) / 2, true);
    case 'net.ipv4.tcp_max_syn_backlog': {
      // The sources of 4.18 to 5.3 other than RHEL's were not read.
      if (!isAtLeast(version, 5, 4) && !facts.kernel.includes('.el8')) return null;
      const divisor = isAtLeast(version, 5, 4) ? 128 : 256;
      return memory === null ? null : memoryDefault(Math.max(128, ehashEntries(memory) / divisor), true);
    }
    case 'net.ipv4.tcp_mem':
      return memory === null
        ? null
        : { value: tcpMemDefault(memory, pageBytesOf(facts)), exact: false, from: 'memory' };
    case 'net.ipv4.neigh.default.gc_thresh1':
      return fixedDefault('128');
    case 'net.ipv4.neigh.default.gc_thresh2':
      return fixedDefault('512');
    case 'net.ipv4.neigh.default.gc_thresh3':
    case 'net.ipv6.neigh.default.gc_thresh3':
      return fixedDefault('1024');
    case 'vm.max_map_count':
      return fixedDefault('65530');
    case 'fs.nr_open':
      return fixedDefault('1048576');
    case 'fs.file-max':
      return memory === null ? null : memoryDefault(memory / (10 * KIB), false);
    case 'kernel.threads-max':
      // Thread stacks of 16 KiB may take an eighth of the memory (fork_init).
      return memory === null ? null : memoryDefault(memory / (8 * 16 * KIB), false);
    case 'net.ipv4.tcp_rmem':
      return bufferDefault(facts, version, 131_072, (isAtLeast(version, 6, 16) ? 32 : 6) * MIB);
    case 'net.ipv4.tcp_wmem':
      return bufferDefault(facts, version, 16_384, 4 * MIB);
    case 'net.core.rmem_max':
    case 'net.core.wmem_max':
      return fixedDefault(isAtLeast(version, 6, 18) ? String(4 * MIB) : '212992');
    case 'kernel.pid_max':
      // Of the processors that there may be, of which a virtual machine has far more than are online: not exact.
      return facts.cpus === null
        ? null
        : { value: String(Math.max(32_768, 1024 * facts.cpus)), exact: false, from: 'cpus' };
    default:
      return null;
  }
}

/** struct hlist_nulls_head: a pointer. */
const BUCKET_BYTES = 8;

type Version = readonly [major: number, minor: number];

/** Kernels of RHEL 9 are 5.14 with the conntrack of 5.15. */
function conntrackDefaults(
  facts: KernelFacts,
  version: Version,
): { readonly buckets: KernelDefault; readonly max: KernelDefault } | null {
  if (facts.hashsize !== null) {
    // The table takes whole pages of bucket pointers, and the maximum follows the rounded size.
    const perPage = pageBytesOf(facts) / BUCKET_BYTES;
    const buckets = Math.ceil(facts.hashsize / perPage) * perPage;
    return {
      buckets: { value: String(buckets), exact: true, from: 'hashsize' },
      max: { value: String(buckets * 8), exact: true, from: 'hashsize' },
    };
  }
  const memory = facts.memTotalBytes;
  if (memory === null) return null;
  const recent = isAtLeast(version, 5, 15) || facts.kernel.includes('.el9');
  const small = memory <= GIB;
  const buckets =
    memory > 4 * GIB
      ? recent
        ? 262_144
        : 65_536
      : small
        ? Math.max(recent ? 1024 : 32, memory / (128 * KIB))
        : recent
          ? 65_536
          : 16_384;
  return {
    buckets: memoryDefault(buckets, !small),
    max: memoryDefault(buckets * (recent ? 1 : 4), !small),
  };
}

/** Entries of the established hash: a power of two that depends on memory, at most 524,288. */
function ehashEntries(memTotalBytes: number): number {
  return Math.min(524_288, 2 ** Math.ceil(Math.log2(memTotalBytes / (128 * KIB))));
}

/** tcp_init_mem: 3/4, 1 and 3/2 of a sixteenth of the pages that are free at boot. */
function tcpMemDefault(memTotalBytes: number, pageBytes: number): string {
  const pages = Math.floor(memTotalBytes / pageBytes / 16);
  return [Math.floor(pages / 4) * 3, pages, Math.floor(pages / 4) * 6].join(' ');
}

/** The third figure may be a 128th of the memory that is free at boot, up to a bound (tcp_init). */
const BUFFER_SHARE = 128;
/** Reserved at boot, and above the watermarks: that much less than MemTotal is free. */
const FREE_SHARE = 0.9;

/** A setting of three figures: a page (4 KiB before Linux 6.0), what a socket starts with, what it may grow to. */
function bufferDefault(
  facts: KernelFacts,
  version: Version,
  start: number,
  most: number,
): KernelDefault | null {
  if (facts.memTotalBytes === null) return null;
  const least = isAtLeast(version, 6, 0) ? pageBytesOf(facts) : 4 * KIB;
  const share = Math.floor(facts.memTotalBytes / BUFFER_SHARE);
  const isBounded = share * FREE_SHARE >= most;
  return {
    value: [least, start, isBounded ? most : Math.min(most, Math.max(start, share))].join('\t'),
    exact: isBounded,
    from: isBounded ? 'fixed' : 'memory',
  };
}

function fixedDefault(value: string): KernelDefault {
  return { value, exact: true, from: 'fixed' };
}

function memoryDefault(value: number, exact: boolean): KernelDefault {
  return { value: String(Math.floor(value)), exact, from: 'memory' };
}

function versionOf(kernel: string): Version | null {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(kernel) ?? [];
  return major === undefined || minor === undefined ? null : [Number(major), Number(minor)];
}

function isAtLeast([major, minor]: Version, wantedMajor: number, wantedMinor: number): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
