import type { ElapsedMs, FlowGroup, FlowsRecord } from '../records/index.js';

/** New flows of one kind over a window, as far as the detail program ran in it. */
export interface FlowGrowth {
  /** From when on they are counted: the window's start, or when the detail program attached, if that is later. */
  readonly sinceMs: ElapsedMs;
  /** Groups that grew, with their growth as `count`, largest first. */
  readonly groups: readonly FlowGroup[];
  /** Flows in no group of the list: further groups, and those for which the kernel's map had no place. */
  readonly others: number;
}

/**
 * What was added between the flows known at the start of a window (`first`, its `fromMs`) and at its end. The counts
 * of a record are cumulative since its program attached: a record of another program is no base to subtract.
 */
export function flowGrowth(
  kind: 'refused' | 'opened',
  first: FlowsRecord | null,
  fromMs: ElapsedMs,
  last: FlowsRecord | null,
): FlowGrowth | null {
  if (last === null) return null;
  const base = first?.sinceMs === last.sinceMs ? first : null;
  const before = new Map(base?.[kind].map((group) => [flowKey(group), group.count]));
  // A group that is new in the list may have been counted among the others before; its growth is then unknown.
  const complete = base === null || countOthers(base, kind) === 0;
  const groups = last[kind]
    .flatMap((group): FlowGroup[] => {
      const known = before.get(flowKey(group)) ?? (complete ? 0 : null);
      const count = known === null ? 0 : group.count - known;
      return count > 0 ? [{ ...group, count }] : [];
    })
    .sort((a, b) => b.count - a.count);
  const all = countAll(last, kind) - (base === null ? 0 : countAll(base, kind));
  const reported = groups.reduce((sum, group) => sum + group.count, 0);
  return {
    sinceMs: base === null ? Math.max(0, last.sinceMs) : fromMs,
    groups,
    others: Math.max(0, all - reported),
  };
}

function countOthers(record: FlowsRecord, kind: 'refused' | 'opened'): number {
  return kind === 'refused' ? record.refusedOthers : record.openedOthers;
}

function countAll(record: FlowsRecord, kind: 'refused' | 'opened'): number {
  return record[kind].reduce((sum, group) => sum + group.count, countOthers(record, kind));
}

function flowKey({ netns, source, destination, port, protocol }: FlowGroup): string {
  return `${netns} ${protocol} ${source} ${destination} ${port ?? ''}`;
}
