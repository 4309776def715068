import { namespacesOf, seriesOf } from '../../model/index.js';
import type { Span, Window } from '../../model/index.js';
import type { MetricName } from '../../records/index.js';
import type { Evidence } from '../finding.js';

/** What a counter gained in every namespace together, where the limit behind it is the node's. */
export interface NodeGrowth {
  readonly growth: number;
  readonly grew: Span;
  /** Of each namespace in which it grew. */
  readonly evidence: readonly Evidence[];
}

/** `null` when it grew nowhere. */
export function sumGrowth(window: Window, metric: MetricName): NodeGrowth | null {
  const evidence: Evidence[] = [];
  let growth = 0;
  const spans: Span[] = [];
  for (const netns of namespacesOf(window)) {
    const series = seriesOf(window, netns, metric);
    if (series?.growth == null || series.growth === 0 || series.grew === null) continue;
    growth += series.growth;
    spans.push(series.grew);
    evidence.push({
      metric,
      measure: 'growth',
      value: series.growth,
      limit: null,
      source: series.source,
      subject: { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null },
    });
  }
  if (spans.length === 0) return null;
  const grew = {
    fromMs: Math.min(...spans.map((span) => span.fromMs)),
    toMs: Math.max(...spans.map((span) => span.toMs)),
  };
  return { growth, grew, evidence };
}
