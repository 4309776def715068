import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import type { MetricName, Netns } from '../../records/index.js';

/** The rules are read some seconds after the first SYNs were dropped, and a SYN may meet two of them. */
const LEAST_SHARE = 0.3;
const MOST_SHARE = 3;

const COUNTERS = [
  'rules.connection_limit_packets',
  'rules.rate_limit_packets',
] as const satisfies readonly MetricName[];

/** The counter of limiting rules that rose with the dropped SYNs, the one that rose more; `null` where none did. */
export function limitingCounter(window: Window, netns: Netns): (typeof COUNTERS)[number] | null {
  const growth = (name: MetricName): number => seriesOf(window, netns, name)?.growth ?? 0;
  const dropped = growth('probe.netfilter_drop_syn') + growth('probe.netfilter_drop_syn_own');
  const [first] = COUNTERS.filter((name) => {
    const counted = growth(name);
    return counted >= LEAST_SHARE * dropped && counted <= MOST_SHARE * dropped && counted > 0;
  }).sort((a, b) => growth(b) - growth(a));
  return first ?? null;
}
