import type { CeilingStats, Window } from '../../../model/index.js';
import type { Evidence, Finding } from '../../finding.js';
import { isNear } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { sumGrowth } from '../../evidence/node-growth.js';
import type { NodeGrowth } from '../../evidence/node-growth.js';
import { raisedTo, wasRaisedSince } from '../../fixes/raise.js';
import { findEnd, findEndOfLevel } from '../../evidence/since.js';

/** From here on the level says that it is fs.file-max which is hit: it is read once a second, and moves fast. */
const HIT_SHARE = 0.9;

const NODE = { kind: 'node' } as const;

/**
 * The node has no file handle left (fs.file-nr against fs.file-max): accept(2) and open(2) fail with ENFILE in
 * every process but root's, which may go beyond. ENFILE out of accept(2) with handles to spare means that no socket
 * could be allocated, for want of memory of a control group or of the host (kernel.md section 9).
 */
export function systemFileLimit(window: Window, thresholds: Thresholds): Finding[] {
  const ceiling = window.ceilings.find((ceiling) => ceiling.id === 'file-handles');
  const enfile = sumGrowth(window, 'probe.accept_enfile');
  const { full = null, peak = null, limit = null } = ceiling ?? {};
  const isHit = peak !== null && peak.share >= HIT_SHARE;
  if (enfile !== null && peak !== null && !isHit) return [makeSocketFinding(window, ceiling, enfile)];
  const span = enfile?.grew ?? full;
  if (span === null && (ceiling === undefined || !isNear(ceiling, thresholds))) return [];
  const untilMs = span === null ? null : findEndOfLevel(window, span, ceiling);
  return [
    {
      code: 'system-file-limit',
      severity: span === null ? 'warning' : 'critical',
      ...(enfile === null
        ? rateConfidence(window, 0.9, 'level-alone')
        : isHit
          ? rateConfidence(window, 0.98, 'errno-seen')
          : rateConfidence(window, 0.6, 'errno-without-level')),
      subject: NODE,
      // A connection that waits to be accepted is tried for again and again.
      refused: null,
      refusedPerSec: null,
      evidence: [levelEvidence(span === null ? ceiling : (peak ?? ceiling)), ...(enfile?.evidence ?? [])],
      against: [],
      sinceMs: span?.fromMs ?? ceiling?.highSinceMs ?? window.toMs,
      untilMs,
      causedBy: null,
      fixes:
        limit === null || ceiling === undefined || wasRaisedSince(ceiling, untilMs)
          ? []
          : [{ id: 'raise-file-max', from: limit, to: raisedTo(window, 'fs.file-max', limit * 2) }],
    },
  ];
}

/** accept(2) fails with ENFILE while fs.file-max is far: there was no memory for a socket. */
function makeSocketFinding(
  window: Window,
  ceiling: CeilingStats | undefined,
  { grew, evidence }: NodeGrowth,
): Finding {
  const [first, ...others] = evidence;
  return {
    code: 'socket-memory',
    severity: 'critical',
    ...rateConfidence(window, 0.8, 'errno-far-from-level'),
    subject: first !== undefined && others.length === 0 ? first.subject : NODE,
    refused: null,
    refusedPerSec: null,
    evidence,
    against: [levelEvidence(ceiling?.peak ?? ceiling)],
    sinceMs: grew.fromMs,
    untilMs: findEnd(window, grew),
    causedBy: null,
    fixes: [{ id: 'find-socket-memory' }],
  };
}

function levelEvidence(
  level: { readonly used: number | null; readonly limit: number | null } | undefined,
): Evidence {
  return {
    metric: 'fs.file-nr.allocated',
    measure: 'level',
    value: level?.used ?? null,
    limit: level?.limit ?? null,
    source: 'kernel',
    subject: NODE,
  };
}
