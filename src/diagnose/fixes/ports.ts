import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import type { Netns, PortUse } from '../../records/index.js';
import type { Fix } from './fix.js';
import { netnsEntry } from './netns-entry.js';

/** A range of nearly all ports above 1023 cannot be widened by much. */
const WIDE = 60_000;

/** More local ports for the connections of a namespace. */
export function widenPortRange(window: Window, netns: Netns): Fix[] {
  const low = seriesOf(window, netns, 'net.ipv4.ip_local_port_range.low')?.last ?? null;
  const high = seriesOf(window, netns, 'net.ipv4.ip_local_port_range.high')?.last ?? null;
  if (low === null || high === null || high - low > WIDE) return [];
  return [{ id: 'widen-port-range', entry: netnsEntry(window, netns), low, high }];
}

/** For programs that take their port by bind(2): who they are, and how they share ports between destinations. */
export function bindLater(window: Window, netns: Netns): Fix[] {
  const entry = netnsEntry(window, netns);
  const low = seriesOf(window, netns, 'net.ipv4.ip_local_port_range.low')?.last ?? null;
  const high = seriesOf(window, netns, 'net.ipv4.ip_local_port_range.high')?.last ?? null;
  return [
    ...(low === null || high === null ? [] : [{ id: 'find-range-holders', entry, low, high } as const]),
    { id: 'bind-without-port' },
  ];
}

/** All that helps connections from one address to one destination and port. */
export function freeLocalPorts(window: Window, ports: PortUse): Fix[] {
  return [
    ...widenPortRange(window, ports.netns),
    ...reuseTimeWait(window, ports),
    { id: 'find-port-holders', ports, entry: netnsEntry(window, ports.netns) },
    { id: 'more-addresses', ports },
  ];
}

/** Half of them waiting: connections are opened and closed faster than their ports come back. */
function reuseTimeWait(window: Window, ports: PortUse): Fix[] {
  const from = seriesOf(window, ports.netns, 'net.ipv4.tcp_tw_reuse')?.last ?? null;
  if (from === null || from === 1 || ports.timeWait * 2 < ports.used) return [];
  return [{ id: 'reuse-time-wait', entry: netnsEntry(window, ports.netns), from }];
}
