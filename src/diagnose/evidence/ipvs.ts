import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import type { MetricName, Netns } from '../../records/index.js';

/** The IPVS service that dropped SYNs were for. */
export interface AskedService {
  readonly port: number;
  /** Services at that port. */
  readonly services: number;
  /** Servers that new connections may go to, full ones among them. */
  readonly servers: number;
  /** Of these, servers at their upper threshold; `null` where that is not known. */
  readonly overloaded: number | null;
}

/** The service at the port of the dropped SYNs, where it has no server to give them to; `null` otherwise. */
export function refusingService(window: Window, netns: Netns): AskedService | null {
  const level = (name: MetricName): number | null => seriesOf(window, netns, name)?.last ?? null;
  const port = level('ip_vs.asked_port');
  const servers = level('ip_vs.asked_destinations');
  if (port === null || servers === null || window.droppedPorts.get(netns)?.port !== port) return null;
  const overloaded = level('ip_vs.asked_overloaded');
  if (servers > 0 && overloaded !== servers) return null;
  return { port, services: level('ip_vs.asked_services') ?? 1, servers, overloaded };
}
