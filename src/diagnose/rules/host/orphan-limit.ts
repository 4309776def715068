import type { Window } from '../../../model/index.js';
import type { Evidence, Finding } from '../../finding.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { sumGrowth } from '../../evidence/node-growth.js';
import { limitOrphans } from '../../fixes/memory.js';
import { wasRaisedSince } from '../../fixes/raise.js';
import { findEndOfLevel } from '../../evidence/since.js';

/**
 * From here on an abort may be for orphans: tcp_out_of_resources() counts an orphan whose peer is gone up to four
 * times, so that the limit bites at a quarter of it.
 */
const BITES_FROM_SHARE = 0.25;
/** Below it no socket is aborted for want of memory; the figure lags behind by 1 MiB a processor. */
const MEMORY_SHORT_SHARE = 0.75;

/**
 * More sockets that are closed and not finished than tcp_max_orphans: the kernel resets them at once, and what they
 * had still to send is lost (TCPAbortOnMemory). It refuses no new connection.
 */
export function orphanLimit(window: Window): Finding[] {
  const ceiling = window.ceilings.find((ceiling) => ceiling.id === 'orphans');
  const aborts = sumGrowth(window, 'TcpExt.TCPAbortOnMemory');
  const { peak = null, full = null, limit = null } = ceiling ?? {};
  // The kernel aborts for orphans or for want of memory, and for nothing else (tcp_check_oom).
  const memory = window.ceilings.find((ceiling) => ceiling.id === 'tcp-memory')?.peak ?? null;
  const forMemory = memory === null || memory.share >= MEMORY_SHORT_SHARE;
  const seen = peak !== null && peak.share >= BITES_FROM_SHARE;
  const aborted = aborts !== null && (full !== null || !forMemory) ? aborts : null;
  const span = aborted?.grew ?? full;
  if (span === null || peak === null) return [];
  const untilMs = findEndOfLevel(window, span, ceiling);
  const subject = { kind: 'node' } as const;
  const level: Evidence = {
    metric: 'sockstat.TCP.orphan',
    measure: 'level',
    value: peak.used,
    limit: peak.limit,
    source: 'kernel',
    subject,
  };
  return [
    {
      code: 'orphan-limit',
      severity: 'warning',
      ...(aborted === null
        ? rateConfidence(window, 0.85, 'level-alone')
        : seen
          ? rateConfidence(window, 0.95, 'counter-and-level')
          : rateConfidence(window, 0.8, 'memory-ruled-out')),
      subject,
      refused: 0,
      refusedPerSec: null,
      evidence: [...(aborted?.evidence ?? []), ...(seen ? [level] : [])],
      // Orphans that are reset are gone before the next sample.
      against: seen ? [] : [level],
      sinceMs: span.fromMs,
      untilMs,
      causedBy: null,
      fixes: limit === null || wasRaisedSince({ peak, limit }, untilMs) ? [] : limitOrphans(window, limit),
    },
  ];
}
