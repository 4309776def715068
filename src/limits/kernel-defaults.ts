/** What a kernel computes its defaults from. */
export interface KernelFacts {
  /** `uname -r`. */
  readonly kernel: string;
  /** MemTotal, `null` when unknown. */
  readonly memTotalBytes: number | null;
  /** CPUs online, `null` when unknown. */
  readonly cpus: number | null;
  /** The option `hashsize` that nf_conntrack was loaded with; `null` when it was given none. */
  readonly hashsize: number | null;
}

/** A default that the kernel computed. */
export interface KernelDefault {
  /** As the sysctl shows it. */
  readonly value: string;
  /** `false` where it follows memory so closely that the figure is right to some percent only. */
  readonly exact: boolean;
  /** What it is computed from, for people: `memory`, `fixed`. */
  readonly from: 'fixed' | 'memory' | 'cpus' | 'hashsize';
}

const PAGE_BYTES = 4096;
const KIB = 1024;
const GIB = 1024 ** 3;

/**
 * The value that a sysctl (name with dots) has when nobody sets it: on this kernel with this memory. `null` where
 * it is not known; the formulas were read in the kernels' sources from 4.18 (RHEL 8) to 7.2.
 */
export function kernelDefault(name: string, facts: KernelFacts): KernelDefault | null {
  const version = versionOf(facts.kernel);
  if (version === null) return null;
  const memory = facts.memTotalBytes;
  switch (name) {
    case 'net.netfilter.nf_conntrack_max':
    case 'net.nf_conntrack_max':
      return conntrack(facts, version)?.max ?? null;
    case 'net.netfilter.nf_conntrack_buckets':
      return conntrack(facts, version)?.buckets ?? null;
    case 'net.core.somaxconn':
      return fixed(atLeast(version, 5, 4) ? '4096' : '128');
    case 'net.core.netdev_max_backlog':
      return fixed('1000');
    case 'net.ipv4.ip_local_port_range':
      return fixed('32768\t60999');
    case 'net.ipv4.tcp_syncookies':
      return fixed('1');
    case 'net.ipv4.tcp_max_tw_buckets':
    case 'net.ipv4.tcp_max_orphans':
      return memory === null ? null : ofMemory(ehash(memory) / 2, true);
    case 'net.ipv4.tcp_max_syn_backlog': {
      // 4.18 to 5.3 outside of RHEL were not read.
      if (!atLeast(version, 5, 4) && !facts.kernel.includes('.el8')) return null;
      const divisor = atLeast(version, 5, 4) ? 128 : 256;
      return memory === null ? null : ofMemory(Math.max(128, ehash(memory) / divisor), true);
    }
    case 'net.ipv4.tcp_mem':
      return memory === null ? null : { value: tcpMem(memory), exact: false, from: 'memory' };
    case 'net.ipv4.neigh.default.gc_thresh1':
      return fixed('128');
    case 'net.ipv4.neigh.default.gc_thresh2':
      return fixed('512');
    case 'net.ipv4.neigh.default.gc_thresh3':
    case 'net.ipv6.neigh.default.gc_thresh3':
      return fixed('1024');
    case 'vm.max_map_count':
      return fixed('65530');
    case 'fs.nr_open':
      return fixed('1048576');
    case 'fs.file-max':
      return memory === null ? null : ofMemory(memory / (10 * KIB), false);
    case 'kernel.threads-max':
      // A stack of 16 KiB, of which an eighth of memory may consist, half of them at a fork.
      return memory === null ? null : ofMemory(memory / (8 * 16 * KIB), false);
    case 'kernel.pid_max':
      return facts.cpus === null
        ? null
        : { value: String(Math.max(32_768, 1024 * facts.cpus)), exact: true, from: 'cpus' };
    default:
      return null;
  }
}

type Version = readonly [major: number, minor: number];

/** Kernels of RHEL 9 are 5.14 with conntrack of 5.15. */
function conntrack(
  facts: KernelFacts,
  version: Version,
): { readonly buckets: KernelDefault; readonly max: KernelDefault } | null {
  if (facts.hashsize !== null)
    return {
      buckets: { value: String(facts.hashsize), exact: true, from: 'hashsize' },
      max: { value: String(facts.hashsize * 8), exact: true, from: 'hashsize' },
    };
  const memory = facts.memTotalBytes;
  if (memory === null) return null;
  const recent = atLeast(version, 5, 15) || facts.kernel.includes('.el9');
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
    buckets: ofMemory(buckets, !small),
    max: ofMemory(buckets * (recent ? 1 : 4), !small),
  };
}

/** Entries of the hash of established connections: a power of two, of memory, at most 524,288. */
function ehash(memTotalBytes: number): number {
  return Math.min(524_288, 2 ** Math.ceil(Math.log2(memTotalBytes / (128 * KIB))));
}

/** tcp_init_mem: a sixteenth of the pages that are free at boot; then 3/4, 1 and 3/2 of that. */
function tcpMem(memTotalBytes: number): string {
  const pages = Math.floor(memTotalBytes / PAGE_BYTES / 16);
  return [Math.floor(pages / 4) * 3, pages, Math.floor(pages / 4) * 6].join(' ');
}

function fixed(value: string): KernelDefault {
  return { value, exact: true, from: 'fixed' };
}

function ofMemory(value: number, exact: boolean): KernelDefault {
  return { value: String(Math.floor(value)), exact, from: 'memory' };
}

function versionOf(kernel: string): Version | null {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(kernel) ?? [];
  return major === undefined || minor === undefined ? null : [Number(major), Number(minor)];
}

function atLeast([major, minor]: Version, wantedMajor: number, wantedMinor: number): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
