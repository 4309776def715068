import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import { NODE_WIDE } from '../../records/index.js';
import type { MetricName, Netns } from '../../records/index.js';
import type { Evidence, Finding, FindingCode, Severity, Subject } from '../finding.js';
import { rateConfidence } from './confidence.js';
import { findEnd } from './since.js';

/**
 * A finding that rests on a counter of the kernel whose every increment is the thing itself; `null` when it did
 * not grow. `limits` are levels that belong beside it.
 */
export function findingFromCounter(
  window: Window,
  netns: Netns,
  counter: MetricName,
  what: { readonly code: FindingCode; readonly severity: Severity; readonly refuses: boolean },
  limits: readonly MetricName[],
): Finding | null {
  const series = seriesOf(window, netns, counter);
  if (series?.growth == null || series.growth === 0 || series.grew === null) return null;
  const subject: Subject =
    netns === NODE_WIDE
      ? { kind: 'node' }
      : { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null };
  const untilMs = findEnd(window, series.grew);
  const levels = limits.flatMap((metric): Evidence[] => {
    const level = seriesOf(window, netns, metric);
    return level === undefined
      ? []
      : [{ metric, measure: 'level', value: level.last, limit: null, source: 'kernel', subject }];
  });
  return {
    code: what.code,
    severity: what.severity,
    ...rateConfidence(window, 0.95, 'counter-alone'),
    subject,
    refused: what.refuses ? series.growth : 0,
    refusedPerSec: what.refuses ? (untilMs === null ? series.perSec : 0) : null,
    evidence: [
      { metric: counter, measure: 'growth', value: series.growth, limit: null, source: 'kernel', subject },
      ...levels,
    ],
    against: [],
    sinceMs: series.grew.fromMs,
    untilMs,
    causedBy: null,
    fixes: [],
  };
}
