import type { CeilingStats, Window } from '../../../model/index.js';
import type { ProcessUse } from '../../../records/index.js';
import type { Finding, Fix } from '../../finding.js';
import { isNear, isSoonFull } from '../../thresholds.js';
import type { Thresholds } from '../../thresholds.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findEndUnlessFull } from '../../evidence/since.js';

/**
 * An Erlang emulator has as many ports as its table holds (`+Q`, 65,536 as it comes): each connection is one, accept
 * fails with `system_limit` in the emulator, and the kernel's queue fills behind it. The kernel counts nothing of the
 * kind; the descriptors in use say how many ports there are, within a few.
 */
export function erlangPortLimit(window: Window, thresholds: Thresholds): Finding[] {
  return window.ceilings.flatMap((ceiling) =>
    ceiling.id === 'erlang-ports' && ceiling.scope.kind === 'process'
      ? findInProcess(window, thresholds, ceiling, ceiling.scope.process)
      : [],
  );
}

function findInProcess(
  window: Window,
  thresholds: Thresholds,
  ceiling: CeilingStats,
  process: ProcessUse,
): Finding[] {
  const { full, peak, used, limit } = ceiling;
  if (limit === null) return [];
  // Descriptors end first, or at the same time: that is another finding.
  if (process.fdLimit !== null && process.fdLimit <= limit) return [];
  const held = window.listeners.filter(({ listener }) => listener.owner?.pid === process.pid);
  const refused = held.reduce((sum, { overflowGrowth }) => sum + (overflowGrowth ?? 0), 0);
  const waiting = held.filter(({ peakQueue }) => (peakQueue ?? 0) > 0);
  const isHit = full !== null && (waiting.length > 0 || refused > 0);
  if (!isHit && !isNear(ceiling, thresholds) && !isSoonFull(ceiling, thresholds)) return [];
  const subject = { kind: 'process', process } as const;
  const untilMs = isHit ? findEndUnlessFull(window, full, ceiling) : null;
  return [
    {
      code: 'erlang-port-limit',
      severity: isHit ? 'critical' : 'warning',
      ...(isHit
        ? rateConfidence(window, 0.9, 'level-and-queue')
        : rateConfidence(window, 0.8, 'level-alone')),
      subject,
      refused: isHit ? refused : 0,
      refusedPerSec: null,
      evidence: [
        {
          metric: 'erlang.ports',
          measure: 'level',
          value: isHit ? (peak?.used ?? used) : used,
          limit: isHit ? (peak?.limit ?? limit) : limit,
          source: 'kernel',
          subject,
        },
        ...(isHit ? waiting : []).map(
          ({ listener, peakQueue }) =>
            ({
              metric: 'sk_ack_backlog',
              measure: 'level',
              value: peakQueue,
              limit: listener.backlog,
              source: 'kernel',
              subject: { kind: 'listener', listener, netnsLabel: null },
            }) as const,
        ),
      ],
      against: [],
      sinceMs: isHit ? full.fromMs : (ceiling.highSinceMs ?? window.toMs),
      untilMs,
      causedBy: null,
      fixes: raisePorts(process, limit),
    },
  ];
}

function raisePorts(process: ProcessUse, from: number): Fix[] {
  return [
    { id: 'raise-erlang-ports', process, from, to: from * 4 },
    { id: 'find-erlang-ports', process },
  ];
}
