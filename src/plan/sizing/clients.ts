import { atLeast, currentOf, figure, leave, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import type { Basis } from '../target.js';

/** ip_local_port_range of every kernel. */
const STOCK_RANGE = { low: 32_768, high: 60_999 } as const;
/** The widest range that leaves the well-known ports alone. */
const WIDE_RANGE = { low: 1024, high: 65_535 } as const;
/** gc_thresh3 of every kernel. */
const STOCK_THRESHOLD = 1024;
/** A fifth more neighbours than clients: the kernel collects above gc_thresh2. */
const SPARE = 1.2;

/** What the other end needs: a load generator, or a proxy before the server. */
export interface SourceAddresses {
  /** Places to connect to: one for each port of the listeners. */
  readonly destinations: number;
  readonly portsNow: number;
  /** Addresses needed with the range as it is, and with the widest. */
  readonly addressesNow: number;
  readonly addressesWide: number;
}

/** Ports are used up for each source address and destination: how many addresses make so many connections. */
export function sourceAddresses({ target, host }: Basis): SourceAddresses {
  const [low, high] = (currentOf(host, 'net.ipv4.ip_local_port_range') ?? '')
    .split(' ')
    .map((text) => figure(text));
  const portsNow =
    low == null || high == null || high < low ? STOCK_RANGE.high - STOCK_RANGE.low + 1 : high - low + 1;
  const destinations = Math.max(1, target.ports.length);
  const addresses = (ports: number): number => Math.ceil(target.connections / (ports * destinations));
  return {
    destinations,
    portsNow,
    addressesNow: addresses(portsNow),
    addressesWide: addresses(WIDE_RANGE.high - WIDE_RANGE.low + 1),
  };
}

/** Settings that the number of clients, not of connections, decides. */
export function clientSettings(basis: Basis): Setting[] {
  const { host } = basis;
  const { portsNow, destinations, addressesNow } = sourceAddresses(basis);
  return [
    leave({
      name: 'net.ipv4.ip_local_port_range',
      scope: 'netns',
      current: currentOf(host, 'net.ipv4.ip_local_port_range'),
      why: { rule: 'source-ports', ports: portsNow, destinations, addresses: addressesNow },
    }),
    ...neighbours(basis),
  ];
}

/** Thresholds of the neighbour table: only clients on the same link have an entry, others share the gateway's. */
function neighbours({ host, target }: Basis): Setting[] {
  const row = (name: string, factor: number): Setting => {
    const full = `net.ipv4.neigh.default.${name}`;
    const current = currentOf(host, full);
    const now = figure(current);
    const addresses = host.onLinkAddresses;
    const reachable = addresses === null ? 0 : Math.min(addresses, target.connections);
    if (addresses === null || (now !== null && reachable * SPARE <= now / factor))
      return asItIs(
        leave({
          name: full,
          scope: 'node',
          current,
          why: { rule: 'neighbours-behind-gateway', addresses },
        }),
      );
    return atLeast({
      name: full,
      scope: 'node',
      current,
      needed: roundUp(reachable * SPARE * factor),
      why: { rule: 'on-link', addresses: reachable, spare: SPARE },
    });
  };
  // What fits only because it was raised, most likely by an earlier plan, is needed as it is.
  const asItIs = (setting: Setting): Setting =>
    Math.min(host.onLinkAddresses ?? 0, target.connections) * SPARE <= STOCK_THRESHOLD ||
    setting.current === null
      ? setting
      : { ...setting, needed: setting.current, action: 'enough' };
  // As the kernel's own 128, 512 and 1024 stand to one another.
  return [row('gc_thresh1', 0.125), row('gc_thresh2', 0.5), row('gc_thresh3', 1)];
}
