import { NODE_WIDE } from '../../../records/index.js';
import type { Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Evidence, Finding } from '../../finding.js';
import { rateConfidence, rateProbeConfidence } from '../../evidence/confidence.js';
import { growthEvidence, readInsertFailures, tableLevelEvidence } from '../../evidence/insert-failures.js';
import type { InsertFailures } from '../../evidence/insert-failures.js';
import { findEnd } from '../../evidence/since.js';

/** A race of two packets of one flow fails now and then, too; a range that is used up fails again and again. */
const FEWEST = 10;
/** Without the probe nothing but the number tells the two apart. */
const FEWEST_BY_COUNTER = 20;

/**
 * Source NAT finds no free port between its address and one destination and port: it tries 248 at random, then
 * leaves the flow with one that is taken, and the insert fails (kernel.md section 7). The table has room.
 */
export function natPortsExhausted(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    if (netns === NODE_WIDE) return [];
    const failures = readInsertFailures(window, netns);
    const lost = countLostToNat(window, netns, failures);
    // Inserts also fail for other reasons: by the probe it is known which of them were of NAT.
    const decisive =
      failures.rewritten === null ? failures.decisive : seriesOf(window, netns, 'probe.insert_failed_snat');
    const span = decisive?.grew;
    if (lost === 0 || span === null || span === undefined) return [];
    const { subject, rewritten } = failures;
    const untilMs = findEnd(window, span);
    const byProbe = rewritten !== null;
    return [
      {
        code: 'nat-ports-exhausted',
        severity: 'critical',
        ...(byProbe
          ? rateProbeConfidence(window, lost, failures.counted, failures.peakPerSec, 'source-rewritten')
          : countNatReferences(window) === null
            ? rateConfidence(window, 0.6, 'counter-nat-unknown')
            : rateConfidence(window, 0.7, 'counter-and-nat')),
        subject,
        refused: lost,
        refusedPerSec: untilMs === null ? (decisive?.perSec ?? null) : 0,
        evidence: [
          ...growthEvidence(window, netns, 'probe.insert_failed_snat', subject),
          ...failures.evidence,
          ...(byProbe ? [] : natReferencesEvidence(window)),
          ...tableLevelEvidence(window, netns, subject),
        ],
        against: [],
        sinceMs: span.fromMs,
        untilMs,
        causedBy: null,
        fixes: [
          { id: 'widen-nat', subject },
          { id: 'shorten-time-wait', subject },
        ],
      },
    ];
  });
}

/** Of the clashes of a namespace those that NAT's ports account for. */
function countLostToNat(window: Window, netns: Netns, { rewritten, clashes }: InsertFailures): number {
  if (rewritten !== null) return rewritten >= FEWEST ? rewritten : 0;
  const resolved = seriesOf(window, netns, 'nf_conntrack.clash_resolve')?.growth ?? 0;
  // Races are resolved as often as they lose.
  return countNatReferences(window) !== 0 && clashes >= FEWEST_BY_COUNTER && clashes > resolved ? clashes : 0;
}

/** References on NAT's modules; `null` where they are built into the kernel, 0 where nobody has looked. */
function countNatReferences(window: Window): number | null {
  const series = seriesOf(window, NODE_WIDE, 'modules.nat_references');
  return series === undefined ? 0 : series.last;
}

function natReferencesEvidence(window: Window): Evidence[] {
  const metric = 'modules.nat_references';
  const value = countNatReferences(window);
  const subject = { kind: 'node' } as const;
  return [{ metric, measure: 'level', value, limit: null, source: 'kernel', subject }];
}
