import type { CeilingStats, Window } from '../../../model/index.js';
import type { Netns } from '../../../records/index.js';
import type { Finding } from '../../finding.js';
import { isNear } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findEndOfLevel } from '../../evidence/since.js';
import { netnsEntry } from '../../fixes/netns-entry.js';
import { raisedTo, wasRaisedSince } from '../../fixes/raise.js';

/**
 * Helpers (FTP, SIP, H.323, TFTP) enter each connection that a protocol announces as an expectation. With as many as
 * nf_conntrack_expect_max the packet that announces one more is dropped, and the kernel counts that nowhere: the level
 * tells it.
 */
export function conntrackExpectationsFull(window: Window, thresholds: Thresholds): Finding[] {
  return window.ceilings.flatMap((ceiling) =>
    ceiling.id === 'conntrack-expectations' && ceiling.scope.kind === 'netns'
      ? findInNamespace(window, thresholds, ceiling, ceiling.scope.netns)
      : [],
  );
}

function findInNamespace(
  window: Window,
  thresholds: Thresholds,
  ceiling: CeilingStats,
  netns: Netns,
): Finding[] {
  const { full, peak, used, limit } = ceiling;
  if (limit === null || limit === 0 || peak === null) return [];
  if (full === null && !isNear(ceiling, thresholds)) return [];
  const subject = { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null } as const;
  const untilMs = full === null ? null : findEndOfLevel(window, full, ceiling);
  return [
    {
      code: 'conntrack-expectations-full',
      severity: full === null ? 'warning' : 'critical',
      ...rateConfidence(window, full === null ? 0.9 : 0.8, 'level-alone'),
      subject,
      refused: full === null ? 0 : null,
      refusedPerSec: null,
      evidence: [
        {
          metric: 'nf_conntrack.expect_count',
          measure: 'level',
          value: full === null ? used : peak.used,
          limit: full === null ? limit : peak.limit,
          source: 'kernel',
          subject,
        },
      ],
      against: [],
      sinceMs: full?.fromMs ?? ceiling.highSinceMs ?? window.toMs,
      untilMs,
      causedBy: null,
      fixes: [
        ...(wasRaisedSince({ peak, limit }, untilMs)
          ? []
          : [
              {
                id: 'raise-expect-max',
                from: limit,
                to: raisedTo(window, 'net.netfilter.nf_conntrack_expect_max', limit * 4),
              } as const,
            ]),
        { id: 'find-expectations', entry: netnsEntry(window, netns) },
      ],
    },
  ];
}
