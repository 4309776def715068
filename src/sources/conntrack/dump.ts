import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { ConntrackEntry, Netns } from '../../records/index.js';
import { findNamespaces, netnsOf } from '../kernel/namespaces.js';
import { parseConntrackStat } from '../kernel/parse.js';
import { readOnce } from '../kernel/proc-file.js';
import { createToolRunner, inNamespace } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';
import { parseEntry } from './parse-entry.js';

/** Longer lines do not come from conntrack. */
const MAX_LINE = 4096;
/** A dump of millions of entries takes seconds; one that hangs must end. */
const TIMEOUT_MS = 120_000;

/** How the dump of one namespace's table went. */
export interface DumpedTable {
  readonly netns: Netns;
  /** `null` for our own namespace. */
  readonly label: string | null;
  readonly by: 'conntrack' | 'proc';
  readonly entries: number;
  /** Lines that are no entries. */
  readonly badLines: number;
  /** What the kernel counts, before and after the dump; `null` when unknown. */
  readonly countBefore: number | null;
  readonly countAfter: number | null;
  /** Why the dump is not whole, `null` when it is. */
  readonly failure: string | null;
}

/**
 * Dumps the tables of all namespaces, an entry at a time: never more than a line is held. By conntrack(8), which
 * reads netlink, else from /proc/net/nf_conntrack, which only shows our own namespace.
 */
export async function dumpEntries(
  procRoot: string,
  onEntry: (entry: ConntrackEntry) => void,
): Promise<DumpedTable[]> {
  const own = netnsOf(procRoot, 'self') ?? 1;
  const others = findNamespaces(procRoot, own).namespaces;
  const tables = [await dumpTable(procRoot, { netns: own, pid: null, file: null, label: null }, onEntry)];
  for (const other of others) {
    // Most namespaces track nothing: no need to start a tool for them.
    const isEmpty = other.pid !== null && countOf(procRoot, other.pid) === 0;
    if (isEmpty) continue;
    const table = await dumpTable(procRoot, other, onEntry);
    if (other.pid !== null || table.entries > 0 || table.failure !== null) tables.push(table);
  }
  return tables;
}

async function dumpTable(
  procRoot: string,
  {
    netns,
    pid,
    file,
    label,
  }: {
    readonly netns: Netns;
    readonly pid: number | null;
    /** `null` for our own namespace. */
    readonly file: string | null;
    readonly label: string | null;
  },
  onEntry: (entry: ConntrackEntry) => void,
): Promise<DumpedTable> {
  const count = (): number | null => (file !== null && pid === null ? null : countOf(procRoot, pid));
  const countBefore = count();
  let entries = 0;
  let badLines = 0;
  const take = (line: string): void => {
    const entry = parseEntry(line, netns);
    if (entry === null) badLines += 1;
    else {
      entries += 1;
      onEntry(entry);
    }
  };
  let by: DumpedTable['by'] = 'conntrack';
  let failure = await dumpByTool(file, take);
  if (failure !== null && entries === 0 && file === null) {
    const read = await byStream(createReadStream(`${procRoot}/net/nf_conntrack`), take);
    if (read === null) [by, failure] = ['proc', null];
  }
  return { netns, label, by, entries, badLines, countBefore, countAfter: count(), failure };
}

async function dumpByTool(
  namespaceFile: string | null,
  take: (line: string) => void,
): Promise<string | null> {
  const end = await createToolRunner().run(
    inNamespace(namespaceFile, ['conntrack', '-L']),
    (line) => {
      if (line !== '') take(line.slice(0, MAX_LINE));
    },
    // An entry is some 200 bytes; it is not held.
    { timeoutMs: TIMEOUT_MS, maxBytes: Number.MAX_SAFE_INTEGER },
  );
  const failure = toolFailure('conntrack', end);
  return failure === null || process.geteuid?.() === 0 ? failure : `${failure}; only root may run it`;
}

/** Feeds a stream's lines; resolves to what went wrong. */
export async function byStream(stream: Readable, take: (line: string) => void): Promise<string | null> {
  let rest = '';
  let skipping = false;
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (skipping) skipping = false;
        else if (line !== '') take(line.slice(0, MAX_LINE));
      }
      if (rest.length > MAX_LINE) {
        if (!skipping) take(rest.slice(0, MAX_LINE));
        skipping = true;
        rest = '';
      }
    }
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  if (rest !== '' && !skipping) take(rest);
  return null;
}

/** The entries that the kernel counts in a namespace; `null` when unknown. */
function countOf(procRoot: string, pid: number | null): number | null {
  const read = readOnce(`${procRoot}/${pid ?? 'self'}/net/stat/nf_conntrack`);
  if ('text' in read) return parseConntrackStat(read.text)['net.netfilter.nf_conntrack_count'] ?? null;
  if (pid !== null) return null;
  const own = readOnce(`${procRoot}/sys/net/netfilter/nf_conntrack_count`);
  return 'text' in own && /^\d+\s*$/.test(own.text) ? Number(own.text) : null;
}
