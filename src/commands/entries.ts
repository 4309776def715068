import { createEntryTally } from '../model/index.js';
import type { Netns } from '../records/index.js';
import type { Entries } from '../render/index.js';
import { hostRoots } from './stream/live-host.js';

/** How many of each ranking are listed. */
const RANKED = 8;

/** Dumps the conntrack tables once, an entry at a time, and counts who fills them. */
export async function countEntries(labels: ReadonlyMap<Netns, string>): Promise<Entries> {
  const { dumpEntries } = await import('../sources/conntrack/dump.js');
  const counting = createEntryTally();
  const tables = await dumpEntries(hostRoots().proc, (entry) => counting.add(entry));
  const nameOf = (netns: number, label: string | null): string =>
    label ?? labels.get(netns) ?? 'this network namespace';
  return {
    tally: counting.build(RANKED),
    dumps: tables.map((table) => ({ ...table, name: nameOf(table.netns, table.label) })),
    names: new Map(tables.map((table) => [String(table.netns), nameOf(table.netns, table.label)])),
  };
}
