import { atLeast, currentValue, parseFigure, leaveAlone, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import type { Basis } from '../target.js';

/** ip_local_port_range of every kernel. */
const STOCK_RANGE = { low: 32_768, high: 60_999 } as const;
/** The widest range that leaves the well-known ports alone. */
const WIDE_RANGE = { low: 1024, high: 65_535 } as const;
/** gc_thresh3 of every kernel. */
const STOCK_THRESHOLD = 1024;
/** 20 % more than there are clients: the kernel collects above gc_thresh2. */
const SPARE = 1.2;

/** Source addresses that the client side needs: a load generator, or a proxy in front of the server. */
export interface SourceAddresses {
  /** Destinations: one per port of the listeners. */
  readonly destinations: number;
  readonly portsNow: number;
  /** Addresses needed with the current port range, and with the widest. */
  readonly addressesNow: number;
  readonly addressesWide: number;
}

/** Each source address has its ports once per destination: how many addresses the connections need. */
export function sourceAddresses({ target, host }: Basis): SourceAddresses {
  const [low, high] = (currentValue(host, 'net.ipv4.ip_local_port_range') ?? '')
    .split(' ')
    .map((text) => parseFigure(text));
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

/** Settings that depend on the clients' addresses. */
export function clientSettings(basis: Basis): Setting[] {
  const { host } = basis;
  const { portsNow, destinations, addressesNow } = sourceAddresses(basis);
  return [
    leaveAlone({
      name: 'net.ipv4.ip_local_port_range',
      scope: 'netns',
      current: currentValue(host, 'net.ipv4.ip_local_port_range'),
      why: { rule: 'source-ports', ports: portsNow, destinations, addresses: addressesNow },
    }),
    ...neighbourSettings(basis),
  ];
}

/** Thresholds of the neighbour table: only clients on the same link have an entry; others share the gateway's. */
function neighbourSettings({ host, target }: Basis): Setting[] {
  const row = (name: string, factor: number): Setting => {
    const full = `net.ipv4.neigh.default.${name}`;
    const current = currentValue(host, full);
    const now = parseFigure(current);
    const addresses = host.onLinkAddresses;
    const reachable = addresses === null ? 0 : Math.min(addresses, target.connections);
    if (addresses === null || (now !== null && reachable * SPARE <= now / factor))
      return asItIs(
        leaveAlone({
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
  // Enough only because it was raised, probably by an earlier plan: keep it.
  const asItIs = (setting: Setting): Setting =>
    Math.min(host.onLinkAddresses ?? 0, target.connections) * SPARE <= STOCK_THRESHOLD ||
    setting.current === null
      ? setting
      : { ...setting, needed: setting.current, action: 'enough' };
  // The ratio of the kernel's defaults: 128, 512, 1024.
  return [row('gc_thresh1', 0.125), row('gc_thresh2', 0.5), row('gc_thresh3', 1)];
}
