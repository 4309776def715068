import { exactDecimal } from '../kernel/parse.js';

/** Lines of `tc -s qdisc show`: packets that the filters of clsact and ingress qdiscs dropped, of all interfaces. */
export function filterDropsIn(lines: readonly string[]): number | null {
  let isFilter = false;
  let sum: number | null = null;
  for (const line of lines) {
    if (line.startsWith('qdisc ')) isFilter = /^qdisc (?:clsact|ingress) /.test(line);
    const dropped = isFilter ? exactDecimal(/\(dropped (\d+),/.exec(line)?.[1]) : null;
    if (dropped !== null) sum = (sum ?? 0) + dropped;
  }
  return sum;
}

/**
 * Lines of `ethtool -S`: packets that XDP programs dropped at one interface; `null` where its driver does not count them.
 * Some drivers count each queue (`rx_queue_0_xdp_drops`), some the whole as well (`rx_xdp_drop`): then that is it.
 */
export function xdpDropsIn(lines: readonly string[]): number | null {
  let whole: number | null = null;
  let ofQueues: number | null = null;
  for (const line of lines) {
    const [, name = '', digits] = /^\s*(\w*xdp_drops?): (\d+)\s*$/.exec(line) ?? [];
    const count = exactDecimal(digits);
    if (count === null) continue;
    if (/\d/.test(name)) ofQueues = (ofQueues ?? 0) + count;
    else whole = (whole ?? 0) + count;
  }
  return whole ?? ofQueues;
}
