import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import { NODE_WIDE, cgroupOwner, isUnboundedNofile } from '../../records/index.js';
import type { ProcessUse } from '../../records/index.js';
import type { Fix } from './fix.js';

/** The hard limit that systemd gives to what it starts. */
const SYSTEMD_HARD = 524_288;
/** fs.nr_open where nothing sets it: the most that a hard limit may be. */
const NR_OPEN = 1_048_576;
/** As far as fs.nr_open is raised: beyond it a limit is none. */
const HIGHEST = 2 ** 26;

/**
 * More descriptors for a process at its limit: the soft limit up to the hard one, which needs no privilege and takes
 * nothing away; both only where the soft limit has reached the hard one. Beyond fs.nr_open that must be raised first.
 * A hard limit without a bound is left, and not followed: some servers allocate for as many descriptors as they may have.
 */
export function raiseNofile(window: Window, process: ProcessUse): Fix[] {
  const { fdLimit: soft, fdHardLimit } = process;
  if (soft === null) return [];
  const hard = fdHardLimit ?? null;
  const owner = cgroupOwner(process.cgroup ?? process.tasks?.cgroup ?? '');
  const nrOpenFrom = seriesOf(window, NODE_WIDE, 'fs.nr_open')?.last ?? null;
  const base = { id: 'raise-nofile', process, owner, soft, hard, nrOpenFrom } as const;
  const next = [SYSTEMD_HARD, NR_OPEN].find((figure) => figure > soft) ?? Math.min(soft * 2, HIGHEST);
  if (hard !== null && hard > soft)
    return [{ ...base, to: { soft: isUnboundedNofile(hard) ? next : hard, hard }, nrOpenTo: null }];
  // Captures of older versions do not have the hard limit: the command reads it. At the usual ceilings of systemd and
  // of the kernel the two are the same.
  if (fdHardLimit === undefined && soft !== SYSTEMD_HARD && soft < NR_OPEN)
    return [{ ...base, to: null, nrOpenTo: null }];
  const nrOpen = nrOpenFrom ?? Math.max(NR_OPEN, hard ?? soft);
  if (next <= soft) return [];
  return [{ ...base, to: { soft: next, hard: next }, nrOpenTo: next > nrOpen ? next : null }];
}
