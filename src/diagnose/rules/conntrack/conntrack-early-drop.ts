import { ceilingOf, namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { paceOf } from '../../evidence/pace.js';
import { tableContents } from '../../evidence/entry-sample.js';
import { raiseConntrackMax } from '../../fixes/conntrack-table.js';

/**
 * The table is over its limit, and each new flow evicts an entry that is not ASSURED. New flows proceed, so it
 * is not table-full; but handshakes under way are thrown out for them.
 */
export function conntrackEarlyDrop(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    if (paceOf(window, seriesOf(window, netns, 'nf_conntrack.early_drop')) === 'rare') return [];
    const finding = findingFromCounter(
      window,
      netns,
      'nf_conntrack.early_drop',
      { code: 'conntrack-early-drop', severity: 'warning', refuses: false },
      [],
    );
    if (finding === null) return [];
    const ceiling = ceilingOf(window, `conntrack:${netns}`);
    const { peak = null, limit = null } = ceiling ?? {};
    const contents = tableContents(window, netns, finding.subject);
    return [
      {
        ...finding,
        evidence: [
          ...finding.evidence,
          {
            metric: 'net.netfilter.nf_conntrack_count',
            measure: 'level',
            value: peak?.used ?? null,
            limit: peak?.limit ?? limit,
            source: 'kernel',
            subject: finding.subject,
          } as const,
          ...contents.evidence,
        ],
        fixes: [...(limit === null ? [] : raiseConntrackMax(window, limit)), ...contents.fixes],
      },
    ];
  });
}
