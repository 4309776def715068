import { cgroupPathOf } from '../../records/index.js';
import type { TaskUse } from '../../records/index.js';
import { readOnce } from '../kernel/proc-file.js';

/** Deeper than any hierarchy that systemd or a container runtime makes. */
const MAX_DEPTH = 32;
/** The longest path that is kept: what is cut off names no unit. */
const MAX_PATH = 4096;

interface Group {
  /** Path below the root of the hierarchy, `/system.slice/x.service`. */
  readonly path: string;
  /** Below the mount of all hierarchies; empty for the unified one. */
  readonly hierarchy: string;
}

/**
 * The limit of tasks that is nearest for a process: pids.max binds every group above it too. `null` where no group
 * limits it, or none can be read. Knows the unified hierarchy, and the `pids` controller of the older one.
 */
export function taskUseOf(procRoot: string, sysRoot: string, pid: number): TaskUse | null {
  const read = readOnce(`${procRoot}/${pid}/cgroup`);
  const group = 'text' in read ? groupOf(read.text) : null;
  if (group === null) return null;
  const root = `${sysRoot}/fs/cgroup${group.hierarchy}`;
  const limited = lineageOf(group.path).flatMap((path) => {
    const limit = numberIn(`${root}${path}/pids.max`);
    return limit === null ? [] : [{ path, limit, used: numberIn(`${root}${path}/pids.current`) }];
  });
  const [nearest] = limited.sort((a, b) => usedShare(b) - usedShare(a));
  if (nearest === undefined) return null;
  // Before Linux 6.11 a refusal is counted in the group of the process that forked, since then in the one whose
  // limit was hit.
  const counts = [...new Set([group.path, nearest.path])].map((path) =>
    refusedIn(`${root}${path}/pids.events`),
  );
  const known = counts.filter((count) => count !== null);
  return {
    cgroup: `${group.hierarchy}${nearest.path}`,
    used: nearest.used,
    limit: nearest.limit,
    refused: known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0),
  };
}

/** The path of the control group that a process is in; `null` where it cannot be read. */
export function ownCgroupOf(procRoot: string, pid: number): string | null {
  const read = readOnce(`${procRoot}/${pid}/cgroup`);
  return 'text' in read ? (cgroupPathOf(read.text)?.slice(0, MAX_PATH) ?? null) : null;
}

function groupOf(text: string): Group | null {
  const older = /^\d+:(?:[^:]*,)?pids(?:,[^:]*)?:(\/.*)$/m.exec(text)?.[1];
  if (older !== undefined) return { path: older, hierarchy: '/pids' };
  const unified = /^0::(\/.*)$/m.exec(text)?.[1];
  return unified === undefined ? null : { path: unified, hierarchy: '' };
}

/** The group itself, then each above it; the root has no limit of its own. */
function lineageOf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  // A process of another cgroup namespace: its path does not say where the group is.
  if (names.includes('..')) return [];
  return names.slice(0, MAX_DEPTH).map((_, index) => `/${names.slice(0, names.length - index).join('/')}`);
}

function usedShare({ used, limit }: { readonly used: number | null; readonly limit: number }): number {
  return used === null ? 0 : used / Math.max(1, limit);
}

/** `null` where it cannot be read or is `max`, which is no limit. */
function numberIn(file: string): number | null {
  const read = readOnce(file);
  return 'text' in read && /^\d+\s*$/.test(read.text) ? Number(read.text) : null;
}

function refusedIn(file: string): number | null {
  const read = readOnce(file);
  const count = 'text' in read ? /^max (\d+)$/m.exec(read.text)?.[1] : undefined;
  return count === undefined ? null : Number(count);
}
