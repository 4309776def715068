import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import type { Finding } from '../finding.js';
import { conntrackTableFull } from './conntrack-table-full.js';

/** Worth a warning at any pace. */
const NEARLY_FULL_SHARE = 0.9;
/** Worth a warning while it grows so fast that it is full within {@link SOON_SEC}. */
const GROWING_SHARE = 0.75;
const SOON_SEC = 300;

/** The table is not full yet, but will be: share or time to full, of the level now (a peak that drained is none). */
export function conntrackTableFilling(window: Window): Finding[] {
  const fullNow = new Set(
    conntrackTableFull(window)
      .filter((one) => one.untilMs === null)
      .map((one) => (one.subject.kind === 'netns' ? one.subject.netns : 0)),
  );
  return window.ceilings.flatMap((ceiling): Finding[] => {
    if (ceiling.id !== 'conntrack' || ceiling.scope.kind !== 'netns' || ceiling.share === null) return [];
    const { netns } = ceiling.scope;
    if (fullNow.has(netns)) return [];
    const soon =
      ceiling.share >= GROWING_SHARE && ceiling.fullInSec !== null && ceiling.fullInSec <= SOON_SEC;
    if (ceiling.share < NEARLY_FULL_SHARE && !soon) return [];
    const count = seriesOf(window, netns, 'net.netfilter.nf_conntrack_count');
    const subject = {
      kind: 'netns',
      netns,
      label: window.last.netnsLabels.get(netns) ?? null,
    } as const;
    return [
      {
        code: 'conntrack-table-filling',
        severity: 'warning',
        confidence: 0.9,
        confidenceReasons: ['level-alone'],
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
        ],
        against: [],
        sinceMs: window.fromMs,
        untilMs: null,
        causedBy: null,
        fixes:
          ceiling.limit === null
            ? []
            : [{ id: 'raise-conntrack-max', from: ceiling.limit, to: ceiling.limit * 4 }],
      },
    ];
  });
}
