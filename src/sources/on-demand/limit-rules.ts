import { exactDecimal } from '../kernel/parse.js';

/** A rule that drops or rejects above a limit. */
export interface LimitRule {
  readonly kind: 'connections' | 'rate';
  /** The number of connections; `null` where the rule limits a rate. */
  readonly most: number | null;
  /** What the rule has counted; `null` where it does not count. */
  readonly packets: number | null;
}

const REFUSES = /\b(?:drop|reject)\b|-j (?:DROP|REJECT|TARPIT)\b/;
const CONNECTIONS = /\bct count over (\d+)|--connlimit-above (\d+)/;
const RATE = /\blimit rate over \S|\bquota over \d|--hashlimit-above |-m recent .*--hitcount /;

/**
 * The rule in a line of nft(8) or iptables-save(8): `ct count over 20 counter packets 3 bytes 180 drop`,
 * `[3:180] -A INPUT -m connlimit --connlimit-above 20 -j REJECT`. A limit that accepts and leaves the rest to the rules
 * after it is none: its own counter counts what passed.
 */
export function limitRuleOf(line: string): LimitRule | null {
  const rule = line.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  if (!REFUSES.test(rule)) return null;
  const connections = CONNECTIONS.exec(rule);
  if (connections === null && !RATE.test(rule)) return null;
  const counted = /^\[(\d+):\d+\]/.exec(rule.trim())?.[1] ?? /\bcounter packets (\d+)/.exec(rule)?.[1];
  return {
    kind: connections === null ? 'rate' : 'connections',
    most: connections === null ? null : exactDecimal(connections[1] ?? connections[2]),
    packets: counted === undefined ? null : exactDecimal(counted),
  };
}

/** Whether nft(8) prints a limit of an iptables rule without its figures: `xt match connlimit counter packets 0 …`. */
export function isHiddenLimit(line: string): boolean {
  return /\bxt match "?(?:connlimit|hashlimit|recent)\b/.test(line);
}
