import type { ConntrackEntry, Netns } from '../../records/index.js';

/**
 * One line of `conntrack -L` or /proc/net/nf_conntrack, which begins with the family as well:
 * `tcp 6 431999 ESTABLISHED src=… dst=… sport=… dport=… src=… [ASSURED] mark=0 use=1`. `null` for any other line.
 */
export function parseEntry(line: string, netns: Netns): ConntrackEntry | null {
  const words = line.trim().split(/\s+/);
  if (words[0] === 'ipv4' || words[0] === 'ipv6') words.splice(0, 2);
  const [protocol, number, ...rest] = words;
  if (protocol === undefined || number === undefined || !/^\d{1,3}$/.test(number)) return null;
  const source = valueOf(rest, 'src');
  const destination = valueOf(rest, 'dst');
  if (source === null || destination === null) return null;
  const port = valueOf(rest, 'dport');
  const timeout = rest[0] ?? '';
  const timed = /^\d{1,10}$/.test(timeout);
  const state = rest[timed ? 1 : 0] ?? '';
  return {
    netns,
    protocol: protocol === 'unknown' ? number : protocol.slice(0, 16),
    // A state stands alone; without one the first direction follows at once.
    state: /^[A-Z][A-Z0-9_]*$/.test(state)
      ? state.slice(0, 24)
      : rest.includes('[UNREPLIED]')
        ? 'UNREPLIED'
        : 'REPLIED',
    source,
    destination,
    port: port !== null && /^\d{1,5}$/.test(port) ? Number(port) : null,
    timeoutSec: timed ? Number(timeout) : null,
    assured: rest.includes('[ASSURED]') || rest.includes('[OFFLOAD]') || rest.includes('[HW_OFFLOAD]'),
  };
}

/** The first of a name: that of the original direction. */
function valueOf(words: readonly string[], name: string): string | null {
  const found = words.find((word) => word.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1, name.length + 1 + 64);
}
