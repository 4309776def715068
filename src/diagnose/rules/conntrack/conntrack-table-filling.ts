import { seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { isSoonFull, nearShare } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { tableContents } from '../../evidence/entry-sample.js';
import { freeConntrackTable } from '../../fixes/conntrack-table.js';
import { conntrackTableFull } from './conntrack-table-full.js';

/** The table is not full yet, but will be: share or time to full, of the level now (a peak that drained is none). */
export function conntrackTableFilling(window: Window, thresholds: Thresholds): Finding[] {
  const near = nearShare(thresholds, 'conntrack');
  // Where flows were refused and the table is still at its limit, that finding says all there is to say.
  const full = new Set(
    conntrackTableFull(window).map((finding) =>
      finding.subject.kind === 'netns' ? finding.subject.netns : 0,
    ),
  );
  return window.ceilings.flatMap((ceiling): Finding[] => {
    if (ceiling.id !== 'conntrack' || ceiling.scope.kind !== 'netns' || ceiling.share === null) return [];
    const { netns } = ceiling.scope;
    if (full.has(netns) && ceiling.share >= near) return [];
    if (ceiling.share < near && !isSoonFull(ceiling, thresholds)) return [];
    const count = seriesOf(window, netns, 'net.netfilter.nf_conntrack_count');
    const subject = {
      kind: 'netns',
      netns,
      label: window.last.netnsLabels.get(netns) ?? null,
    } as const;
    const contents = tableContents(window, netns, subject);
    return [
      {
        code: 'conntrack-table-filling',
        severity: 'warning',
        ...rateConfidence(window, 0.9, 'level-alone'),
        subject,
        refused: 0,
        refusedPerSec: null,
        evidence: [
          {
            metric: 'net.netfilter.nf_conntrack_count',
            measure: 'level',
            value: count?.last ?? ceiling.used,
            limit: ceiling.limit,
            source: 'kernel',
            subject,
          },
          ...contents.evidence,
        ],
        against: [],
        sinceMs: ceiling.highSinceMs ?? window.toMs,
        untilMs: null,
        causedBy: null,
        fixes:
          ceiling.limit === null
            ? []
            : [...freeConntrackTable(window, netns, ceiling.limit), ...contents.fixes],
      },
    ];
  });
}
