import { EXPIRY_SECONDS } from '../../model/index.js';
import type { EntryTally, Ranking } from '../../model/index.js';
import { formatCount, formatDuration, formatShare } from '../numbers.js';
import { safeText } from '../safe-text.js';

/** The result of dumping a table. */
export interface DumpWords {
  readonly name: string;
  readonly entries: number;
  /** What the kernel counted before and after; `null` when unknown. */
  readonly countBefore: number | null;
  readonly countAfter: number | null;
  readonly failure: string | null;
}

/** Who fills the tables, and the result of each dump. */
export interface Entries {
  readonly tally: EntryTally;
  readonly dumps: readonly DumpWords[];
  /** Names of namespaces, by their inode number as text. */
  readonly names: ReadonlyMap<string, string>;
}

/** Above this difference, entries are counted that the dump does not contain. */
const PHANTOM_SHARE = 0.05;

/** Who fills the tables, in lines: `limits --entries`. The caller wraps long lines. */
export function entriesLines({ tally, dumps, names }: Entries): string[] {
  const ranking = (title: string, { top, others }: Ranking): string[] => [
    title,
    ...top.map(({ key, count }) => share(safeText(names.get(key) ?? key, 50), count)),
    ...(others > 0 ? [share('others', others)] : []),
  ];
  const share = (name: string, count: number): string =>
    `  ${name.padEnd(54)}${formatCount(count).padStart(12)}${formatShare(tally.entries === 0 ? null : count / tally.entries).padStart(9)}`;
  if (!isKnown(dumps)) return ['Conntrack entries: the tables could not be read.', ...dumps.map(dumpWords)];
  const head = [
    `Conntrack entries in a dump of the tables: ${formatCount(tally.entries)}`,
    ...dumps.map(dumpWords),
  ];
  if (tally.entries === 0) return [...head, '  none: the tables are empty'];
  return [
    ...head,
    ...ranking('By state', tally.byState),
    ...ranking('By protocol', tally.byProtocol),
    ...ranking('By destination port', tally.byPort),
    ...ranking('By source network', tally.bySource),
    ...(dumps.length > 1 ? ranking('By network namespace', tally.byNetns) : []),
    'When the table is full',
    share('may be evicted for a new flow (not assured)', tally.evictable),
    'Expiry without further packets',
    ...tally.expiry.flatMap((count, index) => (count === 0 ? [] : [share(expiryWords(index), count)])),
    ...(tally.expiryUnknown > 0 ? [share('at an unknown time', tally.expiryUnknown)] : []),
  ];
}

/** Whether at least one table could be dumped; otherwise the sum is unknown, not 0. */
export function isKnown(dumps: readonly DumpWords[]): boolean {
  return dumps.some(({ failure, entries }) => failure === null || entries > 0);
}

function expiryWords(index: number): string {
  const end = EXPIRY_SECONDS[index];
  const last = EXPIRY_SECONDS.at(-1) ?? 0;
  return end === undefined ? `after more than ${formatDuration(last)}` : `within ${formatDuration(end)}`;
}

function dumpWords({ name, entries, countBefore, countAfter, failure }: DumpWords): string {
  const who = safeText(name, 50);
  if (failure !== null) return `  ${who}: could not be dumped (${safeText(failure, 200)})`;
  const count = countBefore === null || countAfter === null ? null : Math.min(countBefore, countAfter);
  const gap = count === null ? 0 : count - entries;
  const phantom = count !== null && gap > Math.max(16, PHANTOM_SHARE * count);
  return `  ${who}: ${formatCount(entries)} dumped, ${formatCount(count)} counted by the kernel${
    phantom
      ? `; ${formatCount(gap)} counted but not listed: expired and not yet freed, or still being set up`
      : ''
  }`;
}

/** The same as JSON. */
export function entriesJson({ tally, dumps }: Entries): object {
  return {
    ...tally,
    entries: isKnown(dumps) ? tally.entries : null,
    expiry: tally.expiry.map((count, index) => ({ withinSec: EXPIRY_SECONDS[index] ?? null, count })),
    tables: dumps.map(({ name, entries, countBefore, countAfter, failure }) => ({
      name,
      entries,
      countBefore,
      countAfter,
      failure,
    })),
  };
}
