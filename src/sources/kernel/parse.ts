import { METRICS } from '../../records/index.js';
import type { MetricName } from '../../records/index.js';

/** Figures out of one file. `null` says that the file should have it and does not, or not exactly. */
export type Figures = Partial<Record<MetricName, number | null>>;

// Column titles of /proc/net/stat/nf_conntrack that are spelt otherwise by netlink and conntrack(8);
// absent in a kernel means unknown there, not 0 (kernel.md section 1).
const CONNTRACK_COLUMNS: Readonly<Record<string, MetricName>> = {
  found: 'nf_conntrack.found',
  invalid: 'nf_conntrack.invalid',
  insert: 'nf_conntrack.insert',
  insert_failed: 'nf_conntrack.insert_failed',
  drop: 'nf_conntrack.drop',
  early_drop: 'nf_conntrack.early_drop',
  icmp_error: 'nf_conntrack.error',
  search_restart: 'nf_conntrack.search_restart',
  clashres: 'nf_conntrack.clash_resolve',
  chainlength: 'nf_conntrack.chaintoolong',
};

/**
 * /proc/net/stat/nf_conntrack: a title line, then a line of hexadecimal figures a CPU. All columns are summed
 * but `entries`, which every CPU repeats: it is the namespace's own nf_conntrack_count.
 */
export function parseConntrackStat(text: string): Figures {
  const [title = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  const columns = title.trim().split(/\s+/);
  const figures: Figures = {};
  const cells = rows.map((row) => row.trim().split(/\s+/));
  columns.forEach((column, index) => {
    const each = cells.map((row) => parseHex(row[index]));
    if (column === 'entries') figures['net.netfilter.nf_conntrack_count'] = each[0] ?? null;
    const name = Object.hasOwn(CONNTRACK_COLUMNS, column) ? CONNTRACK_COLUMNS[column] : undefined;
    if (name !== undefined) figures[name] = sumKnown(each);
  });
  return { ...figures, ...countExpectations(columns, cells) };
}

const COUNTER_SIZE = 2 ** 32;

/** Each CPU counts what it made and what it removed, an expectation made on one may be removed on another. */
function countExpectations(columns: readonly string[], cells: readonly (readonly string[])[]): Figures {
  const sumOf = (column: string): number | null => {
    const at = columns.indexOf(column);
    return at < 0 ? null : sumKnown(cells.map((row) => parseHex(row[at])));
  };
  const [created, deleted] = [sumOf('expect_create'), sumOf('expect_delete')];
  if (created === null || deleted === null || created === 0) return {};
  // The counters have 32 bits: of one that began anew the difference is still right.
  const count = (((created - deleted) % COUNTER_SIZE) + COUNTER_SIZE) % COUNTER_SIZE;
  return { 'nf_conntrack.expect_count': count > COUNTER_SIZE / 2 ? null : count };
}

/** The metrics of each group, `TcpExt` or `sockstat.TCP`, by the last part of their names. */
const METRICS_OF_GROUP = groupMetrics();

function groupMetrics(): ReadonlyMap<string, ReadonlyMap<string, MetricName>> {
  const groups = new Map<string, Map<string, MetricName>>();
  for (const name of Object.keys(METRICS) as MetricName[]) {
    const at = name.lastIndexOf('.');
    const group = groups.get(name.slice(0, at)) ?? new Map<string, MetricName>();
    groups.set(name.slice(0, at), group.set(name.slice(at + 1), name));
  }
  return groups;
}

/**
 * /proc/net/netstat and /proc/net/snmp: pairs of lines, titles then figures, each behind a `Group:`. They are read in
 * each of hundreds of namespaces: a line of which nothing is known is not taken apart.
 */
export function parseNetstat(text: string): Figures {
  const figures: Figures = {};
  const lines = text.split('\n');
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [titleLine = '', valueLine = ''] = [lines[at], lines[at + 1]];
    const title = titleLine.slice(0, titleLine.indexOf(' ') + 1);
    const metrics = METRICS_OF_GROUP.get(title.slice(0, -2));
    if (metrics === undefined || !valueLine.startsWith(title)) continue;
    const values = valueLine.split(' ');
    titleLine.split(' ').forEach((column, index) => {
      const name = metrics.get(column);
      if (name !== undefined) figures[name] = exactDecimal(values[index]);
    });
  }
  return figures;
}

/** /proc/net/sockstat and, as another `file`, sockstat6: `TCP: inuse 27 orphan 0 tw 0 alloc 31 mem 3`. */
export function parseSockstat(text: string, file = 'sockstat'): Figures {
  const figures: Figures = {};
  for (const line of text.split('\n')) {
    const metrics = METRICS_OF_GROUP.get(`${file}.${line.slice(0, Math.max(0, line.indexOf(':')))}`);
    if (metrics === undefined) continue;
    const words = line.trim().split(/\s+/);
    for (let at = 1; at + 1 < words.length; at += 2) {
      const name = metrics.get(words[at] ?? '');
      if (name !== undefined) figures[name] = exactDecimal(words[at + 1]);
    }
  }
  return figures;
}

/** /proc/net/softnet_stat: hexadecimal, a line a CPU; the first column counts packets, the second drops. */
export function parseSoftnet(text: string): Figures {
  const rows = text.split('\n').filter((line) => line.trim() !== '');
  const column = (index: number): number | null =>
    sumKnown(rows.map((row) => parseHex(row.trim().split(/\s+/)[index])));
  return { 'softnet.processed': column(0), 'softnet.dropped': column(1) };
}

/** /proc/net/stat/arp_cache and ndisc_cache: titles, then a hexadecimal line a CPU; each repeats `entries`. */
export function parseNeighbours(text: string, table: 'arp_cache' | 'ndisc_cache'): Figures {
  const [title = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  const columns = title.trim().split(/\s+/);
  const cells = rows.map((row) => row.trim().split(/\s+/));
  const each = (column: string): (number | null)[] => {
    const at = columns.indexOf(column);
    return at < 0 ? [] : cells.map((row) => parseHex(row[at]));
  };
  return {
    [`${table}.entries`]: each('entries')[0] ?? null,
    [`${table}.table_fulls`]: sumKnown(each('table_fulls')),
  };
}

/** Modules that rewrite the source of a flow; each rule with such a target holds a reference (4.18 to 7.2). */
const NAT_MODULES = /^(?:nft_masq(?:_ipv[46])?|nft_nat|xt_nat|xt_MASQUERADE|ipt_MASQUERADE|ip6t_MASQUERADE) /;

/** Modules that hand packets to a program. */
const QUEUE_MODULES = /^(?:nft_queue|xt_NFQUEUE) /;

/**
 * /proc/modules: the references that rules hold on the modules of NAT and of NFQUEUE. Where conntrack is built into the
 * kernel they may be too, so that none to be seen is unknown.
 */
export function parseModules(text: string): Figures {
  const lines = text.split('\n');
  const modular = lines.some((line) => line.startsWith('nf_conntrack '));
  const referencesOn = (modules: RegExp): number | null => {
    const references = lines
      .filter((line) => modules.test(line))
      .map((line) => exactDecimal(line.split(' ')[2]));
    return references.length > 0 ? sumKnown(references) : modular ? 0 : null;
  };
  return {
    'modules.nat_references': referencesOn(NAT_MODULES),
    'modules.queue_references': referencesOn(QUEUE_MODULES),
  };
}

/** /proc/sys/fs/file-nr: allocated, free, maximum. */
export function parseFileNr(text: string): Figures {
  return { 'fs.file-nr.allocated': exactDecimal(text.trim().split(/\s+/)[0]) };
}

/** A sysctl of one or more whole numbers, in the order of `names`; the name `null` passes one over. */
export function parseSysctl(text: string, names: readonly (MetricName | null)[]): Figures {
  const words = text.trim().split(/\s+/);
  const figures: Figures = {};
  names.forEach((name, index) => {
    if (name !== null) figures[name] = limitDecimal(words[index]);
  });
  return figures;
}

/** /proc/loadavg: `0.20 0.18 0.12 1/80 11206`; behind the slash all tasks of the node. */
export function parseLoadavg(text: string): Figures {
  return { 'loadavg.tasks': exactDecimal(/^\S+ \S+ \S+ \d+\/(\d+) /.exec(text)?.[1]) };
}

/** /proc/slabinfo: `nf_conntrack 52 76 256 …`, whose fourth column is the size of an object in bytes. */
export function parseSlabinfo(text: string): Figures {
  return { 'slab.nf_conntrack.objsize': exactDecimal(/^nf_conntrack +\d+ +\d+ +(\d+) /m.exec(text)?.[1]) };
}

/** A limit above what is exact stands for none: systemd sets fs.file-max to 9,223,372,036,854,775,807. */
function limitDecimal(word: string | undefined): number | null {
  const exactly = exactDecimal(word);
  return exactly === null && word !== undefined && /^\d{16,19}$/.test(word)
    ? Number.MAX_SAFE_INTEGER
    : exactly;
}

/** A whole number in decimal; `null` when it is none, or not exact. */
export function exactDecimal(word: string | undefined): number | null {
  return word === undefined || !/^\d+$/.test(word) ? null : exactOrNull(Number(word));
}

function parseHex(word: string | undefined): number | null {
  return word === undefined || !/^[0-9a-f]+$/i.test(word) ? null : exactOrNull(Number.parseInt(word, 16));
}

function exactOrNull(value: number): number | null {
  return Number.isSafeInteger(value) ? value : null;
}

function sumKnown(values: readonly (number | null)[]): number | null {
  if (values.length === 0) return null;
  let total = 0;
  for (const value of values) {
    if (value === null) return null;
    total += value;
  }
  return exactOrNull(total);
}
