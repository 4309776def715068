import type { ProcessUse } from '../records/index.js';
import { copyMap, extendSpan } from './tracks.js';
import type { Span, WindowPart } from './tracks.js';

/** Forks that a control group refused over a window (pids.max). */
export interface TaskRefusals {
  /** The listening process that stands in the group, as it was last seen. */
  readonly process: ProcessUse;
  /** Forks refused inside the window. */
  readonly growth: number;
  readonly grew: Span | null;
}

interface GroupTrack {
  process: ProcessUse;
  /** The last count that was known. */
  before: number | null;
  growth: number;
  grew: Span | null;
}

/** Follows the control groups of the processes that listen: one result a group. */
export function createTaskRefusals(
  tracks = new Map<string, GroupTrack>(),
): WindowPart<readonly TaskRefusals[]> {
  return {
    add(frame) {
      for (const process of frame.processes) {
        if (process.tasks === undefined) continue;
        const { cgroup, refused } = process.tasks;
        const track = tracks.get(cgroup);
        if (track === undefined) {
          tracks.set(cgroup, { process, before: refused, growth: 0, grew: null });
          continue;
        }
        track.process = process;
        if (refused === null) continue;
        // Begins anew where the group was made anew.
        const step = Math.max(0, refused - (track.before ?? refused));
        track.before = refused;
        track.growth += step;
        if (step > 0) track.grew = extendSpan(track.grew, frame.elapsedMs);
      }
    },
    build() {
      return [...tracks.values()].map(({ process, growth, grew }) => ({ process, growth, grew }));
    },
    clone: () => createTaskRefusals(copyMap(tracks, (track) => ({ ...track }))),
  };
}
