import { NODE_WIDE } from '../../../records/index.js';
import { namespacesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';
import { rateConfidence, rateProbeConfidence } from '../../evidence/confidence.js';
import { readInsertFailures, tableLevelEvidence } from '../../evidence/insert-failures.js';
import { natPortsExhausted } from './nat-ports-exhausted.js';
import { pacePerSec, paceOf } from '../../evidence/pace.js';
import { findEnd } from '../../evidence/since.js';

/** From here on a second, in the busiest minute, it is no race of single packets. */
const MANY_PER_SEC = 10;

/**
 * Flows lost because an entry with one of their tuples was there already: two packets of one new flow at the same
 * moment, mostly UDP (kernel.md section 1). Those that were resolved lost nothing and do not count.
 */
export function conntrackInsertFailed(window: Window): Finding[] {
  const ofNat = new Set(
    natPortsExhausted(window).flatMap((finding) =>
      finding.subject.kind === 'netns' ? [finding.subject.netns] : [],
    ),
  );
  return namespacesOf(window).flatMap((netns): Finding[] => {
    if (netns === NODE_WIDE) return [];
    const failures = readInsertFailures(window, netns);
    const { clashes, probed, counted, decisive, peakPerSec, subject } = failures;
    // NAT's own share has a finding of its own; without the probe it is all of them.
    const lost = ofNat.has(netns) ? clashes - (failures.rewritten ?? clashes) : clashes;
    const span = decisive?.grew;
    const pace = paceOf(window, decisive, lost);
    if (pace === 'rare' || span === null || span === undefined) return [];
    const untilMs = findEnd(window, span);
    return [
      {
        code: 'conntrack-insert-failed',
        severity: pacePerSec(window, decisive, lost) >= MANY_PER_SEC ? 'critical' : 'warning',
        ...(probed !== null
          ? rateProbeConfidence(window, probed, counted, peakPerSec)
          : rateConfidence(window, 0.85, 'counter-alone')),
        subject,
        refused: lost,
        refusedPerSec: untilMs === null ? (decisive?.perSec ?? null) : 0,
        evidence: failures.evidence,
        against: tableLevelEvidence(window, netns, subject),
        sinceMs: span.fromMs,
        untilMs,
        causedBy: null,
        fixes: [{ id: 'find-clashes', entry: netnsEntry(window, netns) }],
      },
    ];
  });
}
