import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import { NODE_WIDE, cgroupOwner } from '../../records/index.js';
import type { Fix } from './fix.js';
import { defaultOf } from './raise.js';

/** The most that pid_max may be on a 64-bit kernel. */
const MOST_PIDS = 4_194_304;

/** More tasks for a control group; who made the group decides how that is kept. */
export function raisePidsMax(cgroup: string, limit: number): Fix {
  return { id: 'raise-pids-max', cgroup, owner: cgroupOwner(cgroup), from: limit, to: limit * 4 };
}

/** More tasks for the whole host. */
export function raiseThreadsMax(window: Window, limit: number): Fix {
  const to = Math.max(limit * 2, ...defaultOf(window, 'kernel.threads-max'));
  return { id: 'raise-threads-max', from: limit, to };
}

/** More process ids; nothing at the most that there may be. */
export function raisePidMax(window: Window): Fix[] {
  const from = seriesOf(window, NODE_WIDE, 'kernel.pid_max')?.last ?? null;
  if (from === null || from >= MOST_PIDS) return [];
  const to = Math.max(from * 2, ...defaultOf(window, 'kernel.pid_max'));
  return [{ id: 'raise-pid-max', from, to: Math.min(to, MOST_PIDS) }];
}
