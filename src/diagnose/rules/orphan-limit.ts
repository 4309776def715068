import { NODE_WIDE } from '../../records/index.js';
import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import type { Finding } from '../finding.js';
import { sure } from './confidence.js';
import { grownInAll } from './grown-in-all.js';
import { endedAt } from './since.js';

/**
 * From here on an abort may be for orphans: tcp_out_of_resources() counts an orphan whose peer is gone up to four
 * times, so that the limit bites at a quarter of it.
 */
const BITES_FROM_SHARE = 0.25;

/**
 * More sockets that are closed and not finished than tcp_max_orphans: the kernel resets them at once, and what they
 * had still to send is lost (TCPAbortOnMemory). It refuses no new connection.
 */
export function orphanLimit(window: Window): Finding[] {
  const ceiling = window.ceilings.find((one) => one.id === 'orphans');
  const aborts = grownInAll(window, 'TcpExt.TCPAbortOnMemory');
  const { peak = null, full = null, limit = null } = ceiling ?? {};
  if (peak === null) return [];
  const aborted = aborts !== null && peak.share >= BITES_FROM_SHARE;
  // tcp_check_oom() aborts for memory too: of two that could be it, the one that is at its limit.
  const memory = window.ceilings.find((one) => one.id === 'tcp-memory');
  const forMemory = memory?.full != null && full === null;
  if ((!aborted || forMemory) && full === null) return [];
  const span = aborted ? aborts.grew : full;
  if (span === null) return [];
  const untilMs = endedAt(window, span);
  const subject = { kind: 'node' } as const;
  return [
    {
      code: 'orphan-limit',
      severity: 'warning',
      ...(aborted ? sure(window, 0.95, 'counter-and-level') : sure(window, 0.85, 'level-alone')),
      subject,
      refused: 0,
      refusedPerSec: null,
      evidence: [
        {
          metric: 'sockstat.TCP.orphan',
          measure: 'level',
          value: peak.used,
          limit: peak.limit,
          source: 'kernel',
          subject,
        },
        ...(aborts?.evidence ?? []),
      ],
      against: [],
      sinceMs: span.fromMs,
      untilMs,
      causedBy: null,
      fixes:
        untilMs !== null || limit === null || raisedSince(window, peak.limit)
          ? []
          : [{ id: 'raise-max-orphans', from: limit, to: limit * 4 }],
    },
  ];
}

function raisedSince(window: Window, limit: number): boolean {
  return (seriesOf(window, NODE_WIDE, 'net.ipv4.tcp_max_orphans')?.last ?? limit) > limit;
}
