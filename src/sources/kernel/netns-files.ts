import { createHash } from 'node:crypto';
import type { MetricName } from '../../records/index.js';
import type { Unread } from '../source.js';
import { parseConntrackStat, parseNetstat, parseSockstat } from './parse.js';
import type { Figures } from './parse.js';
import { readQuickly } from './proc-file.js';
import { sumQueues } from './queues.js';

const QUEUES = 'netfilter/nfnetlink_queue';

/** Files of another namespace that /proc/PID/net shows without entering it; sysctls it does not. */
const FILES: readonly (readonly [path: string, parse: (text: string) => Figures])[] = [
  ['stat/nf_conntrack', parseConntrackStat],
  ['netstat', parseNetstat],
  ['snmp', parseNetstat],
  ['sockstat', parseSockstat],
  ['sockstat6', (text) => parseSockstat(text, 'sockstat6')],
  [QUEUES, sumQueues],
];

/** Which modules the kernel has: the files of others are in no namespace. */
export interface LoadedModules {
  readonly conntrack: boolean;
  readonly queue: boolean;
}

/** Metrics that the kernel keeps for the whole node though a namespace's file shows them. */
export const NODE_GAUGES: readonly MetricName[] = [
  'sockstat.TCP.orphan',
  'sockstat.TCP.alloc',
  'sockstat.TCP.mem',
];
/** The same in the text, and those of other protocols: they move whatever happens anywhere. */
const OF_NODE = / (?:orphan|alloc|mem) \d+/g;

/** What was read of a namespace. */
export interface NetnsRead {
  readonly figures: Figures;
  readonly failures: readonly Unread[];
  /** Of the files that move with whatever moves; the same again when nothing has moved. */
  readonly fingerprint: string;
}

/**
 * The counters of the namespace that a process is in; `null` when they are those of the last read, by its fingerprint.
 * netstat, which is the dearest, is then not read: it counts what became of packets, sockets and timers, each of which
 * also moves one of the other files. No descriptor is kept, which would hold the namespace alive.
 */
export function readNetnsFiles(
  procRoot: string,
  pid: number,
  loaded: LoadedModules,
  lastFingerprint: string | null,
): NetnsRead | null {
  const texts = new Map<string, string>();
  const failures: Unread[] = [];
  const read = (path: string): void => {
    const file = `${procRoot}/${pid}/net/${path}`;
    const got = readQuickly(file);
    if ('text' in got) texts.set(path, got.text);
    // Without IPv6, or without conntrack, the file is not there.
    else if (path !== 'sockstat6' && (loaded.conntrack || path !== 'stat/nf_conntrack'))
      failures.push({ what: file, why: got.why });
  };
  for (const [path] of FILES) if (path !== 'netstat' && (path !== QUEUES || loaded.queue)) read(path);
  const fingerprint = fingerprintOf(texts);
  if (fingerprint === lastFingerprint && failures.length === 0) return null;
  read('netstat');
  const figures: Figures = {};
  for (const [path, parse] of FILES) {
    const text = texts.get(path);
    if (text !== undefined) Object.assign(figures, parse(text));
  }
  return { figures, failures, fingerprint };
}

function fingerprintOf(texts: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [path, text] of texts)
    hash.update(path).update(path === 'sockstat' ? text.replace(OF_NODE, '') : text);
  return hash.digest('base64');
}

/** Prints the same files from within a namespace, each line behind its file's name. */
export const PRINT_NETNS_FILES = ['grep', '-sH', '', ...FILES.map(([path]) => `/proc/net/${path}`)] as const;

/** Reads what that prints. */
export function parseNetnsFiles(lines: readonly string[]): Figures {
  const figures: Figures = {};
  for (const [path, parse] of FILES) {
    const prefix = `/proc/net/${path}:`;
    const own = lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
    if (own.length > 0) Object.assign(figures, parse(`${own.join('\n')}\n`));
  }
  return figures;
}
