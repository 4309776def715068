import type { Window } from '../../model/index.js';
import type { Netns } from '../../records/index.js';
import type { Fix } from './fix.js';
import { netnsEntry } from './netns-entry.js';

/** Whose ports are used up, and how they come back sooner or become more. */
export function freeNatPorts(window: Window, netns: Netns): Fix[] {
  const entry = netnsEntry(window, netns);
  return [
    { id: 'shorten-nat-timeouts', entry, protocol: exhaustedProtocol(window, netns) },
    { id: 'find-nat-ports', entry },
    { id: 'widen-nat' },
  ];
}

/** The protocol of most new flows there, as the detail program saw them; `null` where it did not run or saw both. */
function exhaustedProtocol(window: Window, netns: Netns): 'tcp' | 'udp' | null {
  const groups = window.openedFlows?.groups.filter((group) => group.netns === netns) ?? [];
  const countOf = (protocol: 'tcp' | 'udp'): number =>
    groups.reduce((sum, group) => sum + (group.protocol === protocol ? group.count : 0), 0);
  const [tcp, udp] = [countOf('tcp'), countOf('udp')];
  // Nine of ten, or it is not told by the number of flows.
  return tcp > 9 * udp ? 'tcp' : udp > 9 * tcp ? 'udp' : null;
}
