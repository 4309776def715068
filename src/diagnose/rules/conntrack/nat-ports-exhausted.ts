import { NODE_WIDE } from '../../../records/index.js';
import type { Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Evidence, Finding } from '../../finding.js';
import { freeNatPorts } from '../../fixes/nat.js';
import { rateConfidence, rateProbeConfidence } from '../../evidence/confidence.js';
import { growthEvidence, readInsertFailures, tableLevelEvidence } from '../../evidence/insert-failures.js';
import type { InsertFailures } from '../../evidence/insert-failures.js';
import { paceOf } from '../../evidence/pace.js';
import type { Pace } from '../../evidence/pace.js';
import { findEnd } from '../../evidence/since.js';

/** Without the probe nothing but number and pace tell a race of two packets of one flow from a range that is used up. */
const FEWEST_BY_COUNTER = 20;

/**
 * Source NAT finds no free port between its address and one destination and port: it tries 248 at random, then
 * leaves the flow with one that is taken, and the insert fails (kernel.md section 7). The table has room.
 */
export function natPortsExhausted(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    if (netns === NODE_WIDE) return [];
    const failures = readInsertFailures(window, netns);
    const { lost, pace } = countLostToNat(window, netns, failures);
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
        severity: pace === 'heavy' ? 'critical' : 'warning',
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
        fixes: freeNatPorts(window, netns),
      },
    ];
  });
}

/** Of the clashes of a namespace those that NAT's ports account for. */
function countLostToNat(
  window: Window,
  netns: Netns,
  { rewritten, clashes, decisive }: InsertFailures,
): { readonly lost: number; readonly pace: Pace } {
  const none = { lost: 0, pace: 'rare' } as const;
  if (rewritten !== null) {
    const pace = paceOf(window, seriesOf(window, netns, 'probe.insert_failed_snat'), rewritten);
    return pace === 'rare' ? none : { lost: rewritten, pace };
  }
  const resolved = seriesOf(window, netns, 'nf_conntrack.clash_resolve')?.growth ?? 0;
  // Races are resolved as often as they lose.
  const pace = paceOf(window, decisive, clashes);
  const isNat = countNatReferences(window) !== 0 && clashes >= FEWEST_BY_COUNTER && clashes > resolved;
  return isNat && pace === 'heavy' ? { lost: clashes, pace } : none;
}

/** References on NAT's modules; `null` where they are built into the kernel, 0 before the first look. */
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
