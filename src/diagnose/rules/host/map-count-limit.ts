import type { CeilingStats, Window } from '../../../model/index.js';
import type { ProcessUse } from '../../../records/index.js';
import type { Finding } from '../../finding.js';
import { nearShare } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { wasRaisedSince, raisedTo } from '../../fixes/raise.js';
import { findEndOfLevel } from '../../evidence/since.js';

/** A stack wants two mappings, itself and its guard: with fewer left no further thread can be had. */
const A_THREAD = 2;

/**
 * A listener's owner has as many memory mappings as vm.max_map_count allows: mmap(2) fails with ENOMEM, and with it
 * every further thread. A server with a thread a connection meets it at half the figure.
 */
export function mapCountLimit(window: Window, thresholds: Thresholds): Finding[] {
  return [...window.ceilings, ...window.goneCeilings].flatMap((ceiling) =>
    ceiling.id === 'process-maps' && ceiling.scope.kind === 'process'
      ? findInProcess(window, thresholds, ceiling, ceiling.scope.process)
      : [],
  );
}

function findInProcess(
  window: Window,
  thresholds: Thresholds,
  ceiling: CeilingStats,
  process: ProcessUse,
): Finding[] {
  const { peak, used, limit, share } = ceiling;
  if (peak === null) return [];
  const reached = peak.used > peak.limit - A_THREAD;
  if (!reached && (share ?? 0) < nearShare(thresholds, 'process-maps')) return [];
  const span = ceiling.full ?? { fromMs: peak.atMs, toMs: peak.atMs };
  // A process that is gone has ended with its last frame.
  const goesOn = used !== null && limit !== null && used > limit - A_THREAD;
  const untilMs =
    !reached || goesOn ? null : used === null ? span.toMs : findEndOfLevel(window, span, ceiling);
  const subject = { kind: 'process', process } as const;
  return [
    {
      code: 'map-count-limit',
      severity: reached ? 'critical' : 'warning',
      ...rateConfidence(window, 0.9, 'level-alone'),
      subject,
      refused: reached ? null : 0,
      refusedPerSec: null,
      evidence: [
        {
          metric: 'mappings',
          measure: 'level',
          value: reached ? peak.used : used,
          limit: reached ? peak.limit : limit,
          source: 'kernel',
          subject,
        },
      ],
      against: [],
      sinceMs: reached ? span.fromMs : (ceiling.highSinceMs ?? window.toMs),
      untilMs,
      causedBy: null,
      fixes:
        limit === null || wasRaisedSince(ceiling, untilMs)
          ? []
          : [{ id: 'raise-max-map-count', from: limit, to: raisedTo(window, 'vm.max_map_count', limit * 4) }],
    },
  ];
}
