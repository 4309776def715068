import { seriesOf } from '../model/index.js';
import type { Window } from '../model/index.js';
import type { Netns, PeerUse } from '../records/index.js';

/** How many connections one address can have to one port elsewhere, and where that comes from. */
export interface ClientRange {
  readonly ports: number;
  readonly of: 'this-host' | 'linux' | 'windows-bsd' | 'nat-gateway' | 'from-1024';
}

/** A client whose connections to one port of this host are as many as its local ports, as far as that shows here. */
export interface ClientAtRange extends PeerUse {
  readonly range: ClientRange;
}

/** Defaults of the systems that clients run on, and of NAT gateways. */
const RANGES: readonly ClientRange[] = [
  // 32768 to 60999.
  { ports: 28_232, of: 'linux' },
  // 49152 to 65535.
  { ports: 16_384, of: 'windows-bsd' },
  // Amazon's, to each destination and port.
  { ports: 55_000, of: 'nat-gateway' },
  // 1024 to 65535, the widest that is set as a rule, and all that source NAT takes.
  { ports: 64_512, of: 'from-1024' },
];

/** The last ports of a range may be held by other connections of the client, or wait. */
const NEAR_SHARE = 0.02;
/** A process of its own may have bound a few ports outside of the range. */
const ABOVE = 8;
/** Connections at which a look at the peers is worth its cost. */
const LEAST = Math.min(...RANGES.map(({ ports }) => ports)) * (1 - NEAR_SHARE);

/** The namespaces with so many established connections that one client may be at the end of its ports. */
export function namespacesWorthALook(window: Window): Set<Netns> {
  return new Set(
    [...window.series.values()]
      .filter(({ name, last }) => name === 'Tcp.CurrEstab' && last !== null && last >= LEAST)
      .map(({ netns }) => netns),
  );
}

/** The clients among these that are at the end of a range of ports. */
export function clientsAtRange(window: Window, peers: readonly PeerUse[]): ClientAtRange[] {
  return peers.flatMap((peer): ClientAtRange[] => {
    const range = rangeNear(window, peer.netns, peer.connections);
    return range === null ? [] : [{ ...peer, range }];
  });
}

/** The range of ports that a client with so many connections may be at the end of; `null` where there is none. */
export function rangeNear(window: Window, netns: Netns | null, connections: number): ClientRange | null {
  // The known ones first: this host's own is one of them as a rule.
  const [nearest] = [...RANGES, ...ownRange(window, netns)]
    .filter(({ ports }) => connections >= ports * (1 - NEAR_SHARE) && connections <= ports + ABOVE)
    .sort((a, b) => Math.abs(a.ports - connections) - Math.abs(b.ports - connections));
  return nearest ?? null;
}

/** Clients may be set up as this host is. */
function ownRange(window: Window, netns: Netns | null): ClientRange[] {
  if (netns === null) return [];
  const low = seriesOf(window, netns, 'net.ipv4.ip_local_port_range.low')?.last ?? null;
  const high = seriesOf(window, netns, 'net.ipv4.ip_local_port_range.high')?.last ?? null;
  return low === null || high === null || high < low || high - low < 1000
    ? []
    : [{ ports: high - low + 1, of: 'this-host' }];
}
