import type { MetricName } from '../../records/index.js';
import type { Unread } from '../source.js';
import { parseConntrackStat, parseNetstat, parseSockstat } from './parse.js';
import type { Figures } from './parse.js';
import { readOnce } from './proc-file.js';
import { sumQueues } from './queues.js';

/** Files of another namespace that /proc/PID/net shows without entering it; sysctls it does not. */
const FILES: readonly (readonly [path: string, parse: (text: string) => Figures])[] = [
  ['stat/nf_conntrack', parseConntrackStat],
  ['netstat', parseNetstat],
  ['snmp', parseNetstat],
  ['sockstat', parseSockstat],
  ['sockstat6', (text) => parseSockstat(text, 'sockstat6')],
  ['netfilter/nfnetlink_queue', sumQueues],
];

/** Which modules the kernel has: the files of others are in no namespace. */
export interface LoadedModules {
  readonly conntrack: boolean;
  readonly queue: boolean;
}

/** Metrics that the kernel keeps for the whole node though a namespace's file shows them. */
export const NODE_GAUGES: readonly MetricName[] = ['sockstat.TCP.orphan', 'sockstat.TCP.mem'];

/** The counters of the namespace that a process is in. No descriptor is kept, which would hold the namespace alive. */
export function readNetnsFiles(
  procRoot: string,
  pid: number,
  loaded: LoadedModules,
): { readonly figures: Figures; readonly failures: readonly Unread[] } {
  const figures: Figures = {};
  const failures: Unread[] = [];
  for (const [path, parse] of FILES) {
    if (path === 'netfilter/nfnetlink_queue' && !loaded.queue) continue;
    const file = `${procRoot}/${pid}/net/${path}`;
    const read = readOnce(file);
    if ('text' in read) Object.assign(figures, parse(read.text));
    // Without IPv6, or without conntrack, the file is not there.
    else if (path !== 'sockstat6' && (loaded.conntrack || path !== 'stat/nf_conntrack'))
      failures.push({ what: file, why: read.why });
  }
  return { figures, failures };
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
