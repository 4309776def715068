import { createHmac } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

/** Addresses that say nothing of a host: any address, and the host itself. */
const PLAIN = new Set(['0.0.0.0', '::', '127.0.0.1', '::1']);
/** Mapped addresses that are remembered; the same few come back every second. */
const MOST_KNOWN = 20_000;

/** Maps addresses so that who shares a network still does, and nobody can tell which. */
export interface AddressMap {
  /** The stand-in of an address or a network (`10.1.2.0/24`); `null` when the text is neither. */
  map(text: string): string | null;
}

/**
 * Starts a map with a secret. Each bit is turned over or not by a keyed hash of the bits before it, so two addresses
 * that share their first n bits share the first n bits of their stand-ins too, and no more (Xu, Fan, Ammar and Moon,
 * Prefix-Preserving IP Address Anonymization, 2002).
 */
export function createAddressMap(secret: Buffer): AddressMap {
  const known = new Map<string, string>();

  /** The first `length` bits of the stand-in; those behind them are 0. */
  function mapBits(family: 4 | 6, bits: string, length: number): string {
    let mapped = '';
    for (let at = 0; at < length; at += 1) {
      const hash = createHmac('sha256', secret)
        .update(`${family}:${bits.slice(0, at)}`)
        .digest();
      mapped += String(Number(bits[at]) ^ ((hash[0] ?? 0) & 1));
    }
    return mapped.padEnd(bits.length, '0');
  }

  function mapped(address: string, prefix: number | null): string | null {
    if (PLAIN.has(address)) return address;
    if (isIPv4(address)) return textOf4(mapBits(4, bitsOf4(address), Math.min(prefix ?? 32, 32)));
    if (!isIPv6(address)) return null;
    const bits = bitsOf6(address);
    // The same host by IPv4 is the same stand-in.
    if (bits.startsWith(MAPPED) && (prefix ?? 128) > 96)
      return `::ffff:${textOf4(mapBits(4, bits.slice(96), Math.min((prefix ?? 128) - 96, 32)))}`;
    return textOf6(mapBits(6, bits, Math.min(prefix ?? 128, 128)));
  }

  return {
    map(text) {
      const before = known.get(text);
      if (before !== undefined) return before;
      const match = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(text);
      const address = match?.[1];
      if (address === undefined) return null;
      const after = mapped(address, match?.[2] === undefined ? null : Number(match[2]));
      if (after === null) return null;
      if (known.size >= MOST_KNOWN) known.clear();
      const whole = match?.[2] === undefined ? after : `${after}/${match[2]}`;
      known.set(text, whole);
      return whole;
    },
  };
}

/** The first 96 bits of an IPv4 address inside IPv6. */
const MAPPED = `${'0'.repeat(80)}${'1'.repeat(16)}`;

function bitsOf4(address: string): string {
  return address
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
}

function textOf4(bits: string): string {
  return (bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)).join('.');
}

/** Of an address that is known to be one; the zone (`%eth0`) is left out. */
function bitsOf6(address: string): string {
  const plain = address
    .replace(/%.*$/, '')
    .replace(/(\d+\.\d+\.\d+\.\d+)$/, (four) => (bitsOf4(four).match(/.{16}/g) ?? []).map(hexOf).join(':'));
  const [head = '', tail] = plain.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(8 - first.length - last.length).fill('0');
  return [...first, ...zeros, ...last]
    .map((group) => parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('');
}

function textOf6(bits: string): string {
  const groups = (bits.match(/.{16}/g) ?? []).map(hexOf);
  // The WHATWG URL knows RFC 5952: the longest run of zeros is `::`.
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function hexOf(bits: string): string {
  return parseInt(bits, 2).toString(16);
}
