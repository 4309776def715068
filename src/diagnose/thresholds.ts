import { HIGH_SHARE } from '../model/index.js';
import type { CeilingId, CeilingStats } from '../model/index.js';

/** From where on a ceiling that has refused nothing yet is worth a warning. */
export interface Thresholds {
  /** Share of the limit from which it is, whatever the pace; a ceiling that is not named has {@link NEAR_SHARE}. */
  readonly near: Readonly<Partial<Record<CeilingId, number>>>;
  /** Above {@link HIGH_SHARE} it is as well when it will be full within this time. */
  readonly soonSec: number;
}

/** What room is left below it, a burst fills. */
const NEAR_SHARE = 0.9;

/** Defaults, unless the settings override them. */
export const STANDARD_THRESHOLDS: Thresholds = {
  // The kernel leaves the last of the file handles to root, and no process needs many handles or tasks at once.
  near: { 'file-handles': 0.95, 'cgroup-tasks': 0.95, threads: 0.95, pids: 0.95 },
  soonSec: 300,
};

/** The share of a ceiling from which it is near its limit. */
export function nearShare({ near }: Thresholds, id: CeilingId): number {
  return near[id] ?? NEAR_SHARE;
}

/** Whether a ceiling is so full that it is worth a warning. */
export function isNear({ id, share }: Pick<CeilingStats, 'id' | 'share'>, thresholds: Thresholds): boolean {
  return share !== null && share >= nearShare(thresholds, id);
}

/** Whether a ceiling that is well used grows so fast that it is worth a warning. */
export function isSoonFull(
  { share, fullInSec }: Pick<CeilingStats, 'share' | 'fullInSec'>,
  { soonSec }: Thresholds,
): boolean {
  return share !== null && share >= HIGH_SHARE && fullInSec !== null && fullInSec <= soonSec;
}
