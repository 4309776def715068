import { namespacesOf, seriesOf } from '../../model/index.js';
import type { SeriesStats, Window } from '../../model/index.js';
import type { Netns } from '../../records/index.js';
import type { ConfidenceReason, Evidence } from '../finding.js';
import { paceOf } from './pace.js';

/** SYNs resent on this host per dropped packet, from where on it is clients that are dropped. */
const RESENT_SHARE = 0.5;

/** Why drops of unknown packets are taken for lost connections, and how surely. */
export interface FeltDrops {
  readonly confidence: number;
  readonly reason: ConfidenceReason;
}

/**
 * A filter drops what it is there to drop, all day. That connections miss what it drops is seen where SYNs are resent on
 * this host meanwhile, in any namespace, or where listeners get no connection at all; `null` otherwise.
 */
export function feltDrops(window: Window, netns: Netns, series: SeriesStats | undefined): FeltDrops | null {
  const count = series?.growth ?? 0;
  const pace = paceOf(window, series);
  if (pace === 'rare') return null;
  if (resentSyns(window) >= RESENT_SHARE * count) return { confidence: 0.7, reason: 'syns-resent-meanwhile' };
  const isListening = window.listeners.some(({ listener }) => listener.netns === netns);
  const accepted = seriesOf(window, netns, 'Tcp.PassiveOpens')?.growth ?? null;
  return pace === 'heavy' && isListening && accepted === 0
    ? { confidence: 0.5, reason: 'nothing-accepted-meanwhile' }
    : null;
}

/** The SYNs that were resent meanwhile, where it rests on them. */
export function resentEvidence(window: Window, { reason }: FeltDrops): Evidence[] {
  if (reason !== 'syns-resent-meanwhile') return [];
  return [
    {
      metric: 'TcpExt.TCPSynRetrans',
      measure: 'growth',
      value: resentSyns(window),
      limit: null,
      source: 'kernel',
      subject: { kind: 'node' },
    },
  ];
}

/** SYNs that were sent again, in all namespaces of the host. */
export function resentSyns(window: Window): number {
  return namespacesOf(window).reduce(
    (sum, netns) => sum + (seriesOf(window, netns, 'TcpExt.TCPSynRetrans')?.growth ?? 0),
    0,
  );
}
