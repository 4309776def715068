import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { nearShare } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { sumGrowth } from '../../evidence/node-growth.js';
import { isMended, raisedTo } from '../../fixes/raise.js';
import { findEndOfLevel } from '../../evidence/since.js';

/**
 * The node has no file handle left (fs.file-nr against fs.file-max): accept(2) and open(2) fail with ENFILE in
 * every process but root's, which may go beyond. ENFILE out of accept(2) can be nothing else.
 */
export function systemFileLimit(window: Window, thresholds: Thresholds): Finding[] {
  const ceiling = window.ceilings.find((ceiling) => ceiling.id === 'file-handles');
  const enfile = sumGrowth(window, 'probe.accept_enfile');
  const { full = null, peak = null, share = null, limit = null } = ceiling ?? {};
  const span = enfile?.grew ?? full;
  if (span === null && (share ?? 0) < nearShare(thresholds, 'file-handles')) return [];
  const shown = span === null ? ceiling : (peak ?? ceiling);
  const untilMs = span === null ? null : findEndOfLevel(window, span, ceiling);
  const subject = { kind: 'node' } as const;
  return [
    {
      code: 'system-file-limit',
      severity: span === null ? 'warning' : 'critical',
      ...(enfile === null
        ? rateConfidence(window, 0.9, 'level-alone')
        : rateConfidence(window, 1, 'errno-seen')),
      subject,
      // A connection that waits to be accepted is tried for again and again.
      refused: null,
      refusedPerSec: null,
      evidence: [
        {
          metric: 'fs.file-nr.allocated',
          measure: 'level',
          value: shown?.used ?? null,
          limit: shown?.limit ?? null,
          source: 'kernel',
          subject,
        },
        ...(enfile?.evidence ?? []),
      ],
      against: [],
      sinceMs: span?.fromMs ?? ceiling?.highSinceMs ?? window.toMs,
      untilMs,
      causedBy: null,
      fixes:
        limit === null || ceiling === undefined || isMended(ceiling, untilMs)
          ? []
          : [{ id: 'raise-file-max', from: limit, to: raisedTo(window, 'fs.file-max', limit * 2) }],
    },
  ];
}
