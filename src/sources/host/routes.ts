/** Above this, a link is no place where every address has a host. */
const MOST_ADDRESSES = 2 ** 24;

/**
 * Addresses on the links that the host is on: those of routes without a gateway in /proc/net/route. `null` when it
 * could not be read. Point-to-point links and the loopback have none worth counting.
 */
export function onLinkAddresses(text: string | null): number | null {
  if (text === null) return null;
  let addresses = 0;
  for (const line of text.split('\n').slice(1)) {
    const [device, destination, gateway, , , , , mask] = line.split('\t');
    if (device === undefined || device === 'lo' || gateway !== '00000000' || mask === undefined) continue;
    if (!/^[0-9A-F]{8}$/i.test(mask) || destination === '00000000') continue;
    const host = 32 - countBits(Number.parseInt(mask, 16));
    addresses += Math.max(0, 2 ** host - 2);
  }
  return Math.min(addresses, MOST_ADDRESSES);
}

function countBits(value: number): number {
  return value.toString(2).replaceAll('0', '').length;
}
