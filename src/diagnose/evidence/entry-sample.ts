import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import type { MetricName, Netns } from '../../records/index.js';
import type { Evidence, Fix } from '../finding.js';
import { netnsEntry } from '../fixes/netns-entry.js';
import type { Subject } from '../subject.js';

/** Fewer entries tell nothing of the table. */
const FEWEST = 100;
/** Any host has some that wait for an answer. */
const MANY_UNREPLIED = 0.3;
/** So many of the entries in one zone are that zone's doing. */
const MOST_IN_ZONE = 0.5;
/** Entries end all the time: so many are no passing remainder. */
const MANY_UNLISTED = 0.3;

/** What a table is full of that need not be there, and how to find whose it is. */
export interface TableContents {
  readonly evidence: readonly Evidence[];
  readonly fixes: readonly Fix[];
}

/**
 * Entries without an answer, which each packet of their client keeps alive (a target that is gone behind NAT, a service
 * that is silent); entries of one zone (Open vSwitch, VRFs, `ct zone` of rules); entries that are counted and not listed.
 */
export function tableContents(window: Window, netns: Netns, subject: Subject): TableContents {
  const last = (metric: MetricName): number | null => seriesOf(window, netns, metric)?.last ?? null;
  const level = (metric: MetricName): Evidence[] => {
    const value = last(metric);
    return value === null
      ? []
      : [{ metric, measure: 'level', value, limit: null, source: 'kernel', subject }];
  };
  const entry = netnsEntry(window, netns);
  const sampled = last('entries.sampled') ?? 0;
  const enough = sampled >= FEWEST;
  const isUnreplied = enough && (last('entries.unreplied') ?? 0) >= MANY_UNREPLIED * sampled;
  const zone = last('entries.zone');
  const isZone = enough && zone !== null && (last('entries.in_zone') ?? 0) >= MOST_IN_ZONE * sampled;
  const unlisted = last('entries.unlisted') ?? 0;
  const isUnlisted = unlisted >= FEWEST && unlisted >= MANY_UNLISTED * (sampled + unlisted);
  const fixes: Fix[] = [
    ...(isUnlisted ? [{ id: 'find-table-filler', entry, what: 'unlisted', zone: null } as const] : []),
    ...(isUnreplied ? [{ id: 'find-table-filler', entry, what: 'unreplied', zone: null } as const] : []),
    ...(isZone ? [{ id: 'find-table-filler', entry, what: 'zone', zone } as const] : []),
  ];
  return {
    evidence: [
      ...(fixes.length > 0 ? level('entries.sampled') : []),
      ...(isUnreplied ? [...level('entries.unreplied'), ...level('entries.unreplied_dnat')] : []),
      ...(isZone ? [...level('entries.zone'), ...level('entries.in_zone')] : []),
      ...(isUnlisted ? level('entries.unlisted') : []),
    ],
    fixes,
  };
}
