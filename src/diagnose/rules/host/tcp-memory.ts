import { NODE_WIDE } from '../../../records/index.js';
import type { MetricName } from '../../../records/index.js';
import { seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Evidence, Finding } from '../../finding.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { sumGrowth } from '../../evidence/node-growth.js';
import { freeTcpMemory } from '../../fixes/memory.js';
import { wasRaisedSince } from '../../fixes/raise.js';
import { findEndOfLevel } from '../../evidence/since.js';

/** What the kernel counts when it has no memory for a segment or a socket. */
const LOSSES = [
  'TcpExt.TCPRcvQDrop',
  'TcpExt.PruneCalled',
  'TcpExt.TCPAbortOnMemory',
] as const satisfies readonly MetricName[];

/** The kernel takes memory for sockets in steps, a processor each: the figure that it shows lags behind. */
const AT_LIMIT_SHARE = 0.95;

/**
 * TCP's memory of the whole node. At the third figure of tcp_mem data is dropped and connections stand still; from
 * the second on (TCPMemoryPressures) buffers are kept small, which slows and refuses nothing.
 */
export function tcpMemory(window: Window): Finding[] {
  const ceiling = window.ceilings.find((ceiling) => ceiling.id === 'tcp-memory');
  const pressures = sumGrowth(window, 'TcpExt.TCPMemoryPressures');
  if (ceiling === undefined) return [];
  const { peak } = ceiling;
  const full = peak !== null && peak.share >= AT_LIMIT_SHARE;
  if (!full && pressures === null) return [];
  const losses = LOSSES.flatMap((metric) => sumGrowth(window, metric) ?? []);
  const subject = { kind: 'node' } as const;
  const spans = [
    ...(full ? [ceiling.full] : []),
    pressures?.grew,
    ...(full ? losses.map((loss) => loss.grew) : []),
  ];
  const known = spans.filter((span) => span != null);
  const sinceMs = Math.min(
    ...known.map((span) => span.fromMs),
    full ? (ceiling.peak?.atMs ?? Infinity) : Infinity,
  );
  const lastMs = Math.max(...known.map((span) => span.toMs), full ? (ceiling.peak?.atMs ?? 0) : 0);
  // While it stands above the second figure the pressure goes on, though it is counted once.
  const pressure = seriesOf(window, NODE_WIDE, 'net.ipv4.tcp_mem.pressure')?.last ?? null;
  const pressed = ceiling.used !== null && pressure !== null && ceiling.used >= pressure;
  const untilMs = pressed ? null : findEndOfLevel(window, { fromMs: sinceMs, toMs: lastMs }, ceiling);
  const evidence: Evidence[] = [
    {
      metric: 'sockstat.TCP.mem',
      measure: 'level',
      value: peak?.used ?? ceiling.used,
      limit: peak?.limit ?? ceiling.limit,
      source: 'kernel',
      subject,
    },
    ...[...(pressures === null ? [] : [pressures]), ...(full ? losses : [])].flatMap(
      (grownInAll) => grownInAll.evidence,
    ),
  ];
  const reason = pressures === null && losses.length === 0 ? 'level-alone' : 'counter-and-level';
  return [
    {
      code: 'tcp-memory',
      severity: full ? 'critical' : 'warning',
      ...(full
        ? rateConfidence(window, reason === 'level-alone' ? 0.85 : 0.95, reason)
        : rateConfidence(window, 0.95, 'counter-alone')),
      subject,
      // Existing connections stand still as well as new ones: there is no count of either.
      refused: null,
      refusedPerSec: null,
      evidence,
      against: [],
      sinceMs,
      untilMs,
      causedBy: null,
      fixes: wasRaisedSince(ceiling, untilMs) ? [] : freeTcpMemory(window),
    },
  ];
}
