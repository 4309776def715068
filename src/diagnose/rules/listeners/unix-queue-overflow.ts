import type { CeilingStats, Window } from '../../../model/index.js';
import type { Netns } from '../../../records/index.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findEnd } from '../../evidence/since.js';
import type { Finding } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';
import { isNear } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';

/** A short backlog is full for a moment whenever some clients come at once. */
const FOR_A_MOMENT_MS = 10_000;

/**
 * The accept queue of a listening unix socket is longer than its backlog: connect(2) fails with EAGAIN, or waits where
 * the socket blocks. Application servers behind nginx meet it (puma, uwsgi, php-fpm). The kernel counts nothing of it.
 */
export function unixQueueOverflow(window: Window, thresholds: Thresholds): Finding[] {
  return window.ceilings.flatMap((ceiling) =>
    ceiling.id === 'unix-accept-queue' && ceiling.scope.kind === 'netns'
      ? findInNamespace(window, thresholds, ceiling, ceiling.scope.netns)
      : [],
  );
}

function findInNamespace(
  window: Window,
  thresholds: Thresholds,
  ceiling: CeilingStats,
  netns: Netns,
): Finding[] {
  const { full, peak, used, limit } = ceiling;
  // With as many as the backlog the next one still finds room.
  const over = full !== null && peak !== null && peak.used > peak.limit ? { full, peak } : null;
  if (over === null && !(isNear(ceiling, thresholds) && staysHigh(window, ceiling))) return [];
  const subject = { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null } as const;
  const isOverNow = used !== null && limit !== null && used > limit;
  return [
    {
      code: 'unix-queue-overflow',
      severity: over === null ? 'warning' : 'critical',
      ...rateConfidence(window, 0.9, 'level-alone'),
      subject,
      refused: over === null ? 0 : null,
      refusedPerSec: null,
      evidence: [
        {
          metric: 'unix.accept_queue',
          measure: 'level',
          value: over?.peak.used ?? used,
          limit: over?.peak.limit ?? limit,
          source: 'kernel',
          subject,
        },
      ],
      against: [],
      sinceMs: over?.full.fromMs ?? ceiling.highSinceMs ?? window.toMs,
      untilMs: over === null || isOverNow ? null : findEnd(window, over.full),
      causedBy: null,
      fixes: [{ id: 'find-unix-queue', entry: netnsEntry(window, netns) }],
    },
  ];
}

function staysHigh({ toMs }: Window, { highSinceMs }: CeilingStats): boolean {
  return highSinceMs !== null && toMs - highSinceMs >= FOR_A_MOMENT_MS;
}
