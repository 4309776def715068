import { createHmac } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

/** Addresses that identify no host: unspecified and loopback. */
const HOSTLESS = new Set(['0.0.0.0', '::', '127.0.0.1', '::1']);
/** Mapped addresses that are cached: the same few recur every second. */
const MAX_REMEMBERED = 20_000;

/** Replaces addresses so that those of one network still share a network, which cannot be recovered. */
export interface AddressMap {
  /** The alias of an address or a network (`10.1.2.0/24`); `null` when the text is neither. */
  map(text: string): string | null;
}

/**
 * Starts a map with a secret. A keyed hash of the bits before it decides whether each bit is flipped: two addresses
 * that share exactly their first n bits have aliases that share exactly their first n bits (Xu, Fan, Ammar and Moon,
 * Prefix-Preserving IP Address Anonymization, 2002).
 */
export function createAddressMap(secret: Buffer): AddressMap {
  const remembered = new Map<string, string>();

  /** The first `length` bits of the alias; the rest are 0. */
  function mapBits(family: 4 | 6, bits: string, length: number): string {
    let mapAddress = '';
    for (let at = 0; at < length; at += 1) {
      const hash = createHmac('sha256', secret)
        .update(`${family}:${bits.slice(0, at)}`)
        .digest();
      mapAddress += String(Number(bits[at]) ^ ((hash[0] ?? 0) & 1));
    }
    return mapAddress.padEnd(bits.length, '0');
  }

  function mapAddress(address: string, prefix: number | null): string | null {
    if (HOSTLESS.has(address)) return address;
    if (isIPv4(address)) return bitsToIpv4(mapBits(4, ipv4ToBits(address), Math.min(prefix ?? 32, 32)));
    if (!isIPv6(address)) return null;
    const bits = ipv6ToBits(address);
    // An IPv4-mapped address gets the alias of the IPv4 address.
    if (bits.startsWith(MAPPED_PREFIX) && (prefix ?? 128) > 96)
      return `::ffff:${bitsToIpv4(mapBits(4, bits.slice(96), Math.min((prefix ?? 128) - 96, 32)))}`;
    return bitsToIpv6(mapBits(6, bits, Math.min(prefix ?? 128, 128)));
  }

  return {
    map(text) {
      const before = remembered.get(text);
      if (before !== undefined) return before;
      const match = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(text);
      const address = match?.[1];
      if (address === undefined) return null;
      const after = mapAddress(address, match?.[2] === undefined ? null : Number(match[2]));
      if (after === null) return null;
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      const whole = match?.[2] === undefined ? after : `${after}/${match[2]}`;
      remembered.set(text, whole);
      return whole;
    },
  };
}

/** The first 96 bits of an IPv4-mapped IPv6 address. */
const MAPPED_PREFIX = `${'0'.repeat(80)}${'1'.repeat(16)}`;

function ipv4ToBits(address: string): string {
  return address
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
}

function bitsToIpv4(bits: string): string {
  return (bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)).join('.');
}

/** The bits of a valid IPv6 address; a zone (`%eth0`) is dropped. */
function ipv6ToBits(address: string): string {
  const plain = address
    .replace(/%.*$/, '')
    .replace(/(\d+\.\d+\.\d+\.\d+)$/, (four) =>
      (ipv4ToBits(four).match(/.{16}/g) ?? []).map(bitsToHex).join(':'),
    );
  const [head = '', tail] = plain.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(8 - first.length - last.length).fill('0');
  return [...first, ...zeros, ...last]
    .map((group) => parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('');
}

function bitsToIpv6(bits: string): string {
  const groups = (bits.match(/.{16}/g) ?? []).map(bitsToHex);
  // The WHATWG URL knows RFC 5952: the longest run of zeros is `::`.
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function bitsToHex(bits: string): string {
  return parseInt(bits, 2).toString(16);
}
