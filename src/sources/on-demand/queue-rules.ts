import { exactDecimal } from '../kernel/parse.js';

/** A rule that hands packets to programs at queues. */
export interface QueueRule {
  readonly first: number;
  readonly last: number;
  /** Without a program the packets pass. */
  readonly bypass: boolean;
  /** The queue is chosen by processor, so that the last ones may be unused. */
  readonly fanout: boolean;
  /** What the rule has counted; `null` where it does not count. */
  readonly packets: number | null;
}

/**
 * The rule in a line of nft(8) or iptables-save(8); `null` where it is another, or chooses its queue by a map.
 * `counter packets 3 bytes 180 queue flags bypass to 0-3`, before nft 1.0 `queue num 0-3 bypass`;
 * `[3:180] -A INPUT -j NFQUEUE --queue-balance 0:3 --queue-bypass`.
 */
export function queueRuleOf(line: string): QueueRule | null {
  const [, range, flags = ''] =
    /\bqueue (?:flags [a-z,]+ )?(?:to|num) (\d+(?:-\d+)?)(?: ([a-z,]+))?\s*(?:$|#|comment)/.exec(line) ??
    /-j NFQUEUE --queue-(?:num|balance) (\d+(?::\d+)?)(.*)$/.exec(line) ??
    [];
  if (range === undefined) return null;
  const [first, last = first] = range.split(/[-:]/).map((part) => exactDecimal(part));
  if (first == null || last == null) return null;
  const words = `${/\bflags ([a-z,]+)/.exec(line)?.[1] ?? ''} ${flags}`;
  const counted = /^\[(\d+):\d+\]/.exec(line.trim())?.[1] ?? /\bcounter packets (\d+)/.exec(line)?.[1];
  return {
    first,
    last,
    bypass: words.includes('bypass'),
    fanout: words.includes('fanout'),
    packets: counted === undefined ? null : exactDecimal(counted),
  };
}

/** Whether packets of the rule are dropped because no program has bound their queue. */
export function isUnread(rule: QueueRule, bound: ReadonlySet<number>): boolean {
  if (rule.bypass) return false;
  const numbers = Array.from(
    { length: Math.min(rule.last - rule.first, 64) + 1 },
    (_, index) => rule.first + index,
  );
  return rule.fanout
    ? !numbers.some((number) => bound.has(number))
    : numbers.some((number) => !bound.has(number));
}
