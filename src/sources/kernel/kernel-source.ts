import { NODE_WIDE } from '../../records/index.js';
import type { MetricName, Netns, StreamRecord } from '../../records/index.js';
import { findNamespaces, netnsOf, usablePids } from './namespaces.js';
import type { OtherNetns } from './namespaces.js';
import {
  parseConntrackStat,
  parseFileNr,
  parseNatReferences,
  parseNeighbours,
  parseLoadavg,
  parseNetstat,
  parseSlabinfo,
  parseSockstat,
  parseSoftnet,
  parseSysctl,
} from './parse.js';
import type { Figures } from './parse.js';
import { keepOpen, readOnce } from './proc-file.js';
import type { ProcFile } from './proc-file.js';

const MOST_NOTICED = 4096;
/** Namespaces are looked for this often: it costs a readlink a process. */
const FIND_NAMESPACES_MS = 10_000;
/** How often /proc/modules is read: NAT rules rarely change. */
const MODULES_MS = 10_000;
/** Other namespaces read each second; further ones are named as unread in the coverage. */
const MAX_NAMESPACES = 64;

/** The kernel's own counters, gauges and limits; needs no root for most. */
export interface KernelSource {
  /** Reads everything once. The records carry `elapsedMs` as their time. */
  sample(elapsedMs: number): StreamRecord[];
  /** What could not be read at the last sample, and why. */
  readonly unreadable: readonly { readonly what: string; readonly why: string }[];
  /** The namespaces other than ours that were found. */
  readonly namespaces: readonly OtherNetns[];
  /** Somebody counts in this namespace: should it be unknown, it is looked for at the next sample. Once each. */
  noticed(netns: Netns): void;
  close(): void;
}

interface Reader {
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
    'net/stat/nf_conntrack',
    'netns',
    parseConntrackStat,
    ['nf_conntrack.drop', 'nf_conntrack.early_drop', 'nf_conntrack.insert_failed'],
  ],
  // After the file above, which says the same: the sysctl is there without CONFIG_NF_CONNTRACK_PROCFS too.
  sysctl('net/netfilter/nf_conntrack_count', 'netns', 'net.netfilter.nf_conntrack_count'),
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
];

/** Files of another namespace that /proc/PID/net shows without entering it; sysctls it does not. */
const OTHER_NETNS_FILES: readonly (readonly [path: string, parse: (text: string) => Figures])[] = [
  ['stat/nf_conntrack', parseConntrackStat],
  ['netstat', parseNetstat],
  ['snmp', parseNetstat],
  ['sockstat', parseSockstat],
  ['sockstat6', (text) => parseSockstat(text, 'sockstat6')],
];

/** Metrics that the kernel keeps for the whole node though a namespace's file shows them. */
const NODE_GAUGES: readonly MetricName[] = ['sockstat.TCP.orphan', 'sockstat.TCP.mem'];

/** Opens the files at once, while there are descriptors left. `netns` is our own namespace. */
export function openKernelSource(procRoot: string, netns: Netns | null): KernelSource {
  const readers: Reader[] = SPECS.map(([path, scope, parse, metrics, absent]) => ({
    file: keepOpen(`${procRoot}/${path}`),
    scope,
    parse,
    metrics,
    mayBeAbsent: absent !== undefined,
  }));
  const modules = keepOpen(`${procRoot}/modules`);
  let modulesMs: number | null = null;
  // The namespace may be unknowable (no /proc/self/ns): its figures still need a place apart from the node's.
  const own = netns ?? 1;
  let namespaces: OtherNetns[] = [];
  let foundMs: number | null = null;
  let entryBytes: Figures = {};
  let usable: { readonly pidMax: number; readonly atMs: number; readonly pids: number } | null = null;
  let conntrackLoaded = true;
  let unreadable: { what: string; why: string }[] = [];
  const labelled = new Map<Netns, string>();
  const noticed = new Set<Netns>();

  function sampleOwn(elapsedMs: number): StreamRecord[] {
    const node: Figures = {};
    const local: Figures = {};
    for (const { file, scope, parse, metrics, mayBeAbsent } of readers) {
      const text = file.read();
      const target = scope === 'node' ? node : local;
      if (text !== null) {
        Object.assign(target, parse(text));
        continue;
      }
      for (const metric of metrics) target[metric] = null;
      if (mayBeAbsent && file.why === 'ENOENT') continue;
      unreadable.push({ what: file.path, why: file.why ?? 'unknown' });
    }
    if (modulesMs === null || elapsedMs - modulesMs >= MODULES_MS) {
      modulesMs = elapsedMs;
      const text = modules.read();
      Object.assign(node, text === null ? { 'modules.nat_references': null } : parseNatReferences(text));
    }
    for (const metric of NODE_GAUGES) {
      const value = local[metric];
      if (value === undefined) continue;
      node[metric] = value;
      Reflect.deleteProperty(local, metric);
    }
    summariseConntrack();
    Object.assign(node, sizeOfEntry(), pidsUsable(elapsedMs, node['kernel.pid_max'] ?? null));
    return [
      { type: 'sample', elapsedMs, source: 'kernel', netns: NODE_WIDE, values: node },
      { type: 'sample', elapsedMs, source: 'kernel', netns: own, values: local },
    ];
  }

  /**
   * Asked once the module is loaded: it does not change then. Root alone may read it, and what it serves, the cost
   * of a fix, has a documented value beside it: not to be had is no gap in the coverage.
   */
  function sizeOfEntry(): Figures {
    if (!conntrackLoaded || entryBytes['slab.nf_conntrack.objsize'] !== undefined) return entryBytes;
    const read = readOnce(`${procRoot}/slabinfo`);
    entryBytes = 'text' in read ? parseSlabinfo(read.text) : { 'slab.nf_conntrack.objsize': null };
    return entryBytes;
  }

  /** Counted rarely: it lists all of /proc, and processes of the boot rarely end. */
  function pidsUsable(elapsedMs: number, pidMax: number | null): Figures {
    if (pidMax === null) return { 'pids.usable': null };
    if (usable?.pidMax !== pidMax || elapsedMs - usable.atMs >= FIND_NAMESPACES_MS)
      usable = { pidMax, atMs: elapsedMs, pids: usablePids(procRoot, pidMax) };
    return { 'pids.usable': usable.pids };
  }

  /** A module that is not loaded is one thing to say, not one a file. */
  function summariseConntrack(): void {
    const rest = unreadable.filter((item) => item.why !== 'ENOENT' || !item.what.includes('nf_conntrack'));
    conntrackLoaded = rest.length === unreadable.length;
    if (!conntrackLoaded) rest.push({ what: 'conntrack', why: 'nf_conntrack is not loaded' });
    unreadable = rest;
  }

  function sampleOther(elapsedMs: number, other: OtherNetns): StreamRecord[] {
    const values: Figures = {};
    for (const [path, parse] of OTHER_NETNS_FILES) {
      const file = `${procRoot}/${other.pid}/net/${path}`;
      const read = readOnce(file);
      if ('text' in read) Object.assign(values, parse(read.text));
      else if (path !== 'sockstat6' && (conntrackLoaded || path !== 'stat/nf_conntrack'))
        unreadable.push({ what: file, why: read.why });
    }
    if (netnsOf(procRoot, String(other.pid)) !== other.netns) {
      // The process is gone, or its pid was given away: what was read may be another namespace's.
      foundMs = null;
      return [];
    }
    for (const metric of NODE_GAUGES) Reflect.deleteProperty(values, metric);
    const records: StreamRecord[] = [];
    if (labelled.get(other.netns) !== other.label) {
      labelled.set(other.netns, other.label);
      records.push({ type: 'netns', elapsedMs, netns: other.netns, label: other.label });
    }
    if (Object.keys(values).length > 0)
      records.push({ type: 'sample', elapsedMs, source: 'kernel', netns: other.netns, values });
    return records;
  }

  return {
    get unreadable() {
      return unreadable;
    },
    get namespaces() {
      return namespaces;
    },
    sample(elapsedMs) {
      unreadable = [];
      const records = sampleOwn(elapsedMs);
      if (foundMs === null || elapsedMs - foundMs >= FIND_NAMESPACES_MS) {
        foundMs = elapsedMs;
        namespaces = findNamespaces(procRoot, netns);
      }
      for (const other of namespaces.slice(0, MAX_NAMESPACES)) records.push(...sampleOther(elapsedMs, other));
      if (namespaces.length > MAX_NAMESPACES)
        unreadable.push({
          what: `${namespaces.length - MAX_NAMESPACES} further network namespaces`,
          why: `only ${MAX_NAMESPACES} are read each second`,
        });
      return records;
    },
    noticed(other) {
      if (other === own || other === NODE_WIDE || noticed.has(other)) return;
      // On a host that makes namespaces for weeks; those that are forgotten cost a search each.
      if (noticed.size >= MOST_NOTICED) noticed.clear();
      noticed.add(other);
      if (!namespaces.some((namespace) => namespace.netns === other)) foundMs = null;
    },
    close() {
      modules.close();
      for (const { file } of readers) file.close();
    },
  };
}
