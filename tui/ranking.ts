import type { CeilingId, CeilingStats } from '../src/model/index.js';

/** Which of two that are equally near is named first: the one that refuses more when it is hit. */
const WEIGHT: Readonly<Record<CeilingId, number>> = {
  conntrack: 0,
  'accept-queue': 1,
  'process-fds': 2,
  'file-handles': 3,
  'cgroup-tasks': 4,
  threads: 5,
  pids: 6,
  'process-maps': 7,
  'tcp-memory': 8,
  orphans: 9,
  'ephemeral-ports': 10,
  'neighbours-ipv4': 11,
  'neighbours-ipv6': 12,
  'time-wait': 13,
};

/**
 * Nearest to its limit first, unknown last. Whole percents decide and names break ties, so that two equals do
 * not swap places each second.
 */
export function rankedCeilings(ceilings: readonly CeilingStats[]): CeilingStats[] {
  const percent = ({ share }: CeilingStats): number => (share === null ? -1 : Math.round(share * 100));
  return [...ceilings].sort(
    (a, b) => percent(b) - percent(a) || WEIGHT[a.id] - WEIGHT[b.id] || (a.key < b.key ? -1 : 1),
  );
}
