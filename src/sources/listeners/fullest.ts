import type { Owner, ProcessUse } from '../../records/index.js';

/** Holders of one listener that are counted every second; the others are looked at again with the sockets. */
const MAX_WATCHED = 4;
/** A different worker represents the listener only when it is fuller by this much, so equal workers do not alternate. */
const CLEARLY_FULLER = 0.05;

/** Descriptors in use as a share of the limit; 0 where unknown. */
function fdShare({ fds, fdLimit }: ProcessUse): number {
  return fds === null || fdLimit === null ? 0 : fds / Math.max(1, fdLimit);
}

/** Process 1 holds the sockets of socket activation for others: it is named only if no other process holds them. */
function withoutInit(holders: readonly Owner[]): readonly Owner[] {
  const others = holders.filter(({ pid }) => pid !== 1);
  return others.length === 0 ? holders : others;
}

/** Of all holders of a listener the fullest few, the oldest first among equals. */
export function holdersToWatch(
  holders: readonly Owner[],
  use: (owner: Owner) => ProcessUse,
): readonly Owner[] {
  const candidates = withoutInit(holders);
  if (candidates.length <= 1) return candidates;
  const shares = new Map(candidates.map((owner) => [owner, fdShare(use(owner))]));
  return candidates.toSorted((a, b) => (shares.get(b) ?? 0) - (shares.get(a) ?? 0)).slice(0, MAX_WATCHED);
}

/** Who of those watched answers for the listener: who did before, unless another is clearly fuller. */
export function answeringHolder(
  watched: readonly Owner[],
  use: (owner: Owner) => ProcessUse,
  beforePid: number | null,
): Owner | null {
  const before = watched.find(({ pid }) => pid === beforePid) ?? lowestPid(watched);
  if (before === null) return null;
  const share = fdShare(use(before));
  return watched.reduce(
    (best, owner) =>
      fdShare(use(owner)) > Math.max(share + CLEARLY_FULLER, fdShare(use(best))) ? owner : best,
    before,
  );
}

function lowestPid(owners: readonly Owner[]): Owner | null {
  return owners.reduce<Owner | null>(
    (best, owner) => (best === null || owner.pid < best.pid ? owner : best),
    null,
  );
}
