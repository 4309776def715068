import type { Window } from '../../model/index.js';
import { NODE_WIDE } from '../../records/index.js';
import { formatClock, formatCount } from '../numbers.js';
import { safeText } from '../safe-text.js';

/** Over the list of {@link limitChangeWords}. */
export const LIMIT_CHANGES_TITLE = 'Limits changed in this window';

/** `08:16:44 net.netfilter.nf_conntrack_max from 16,000 to 250`, a line each. */
export function limitChangeWords({ limitChanges, header, last }: Window): string[] {
  return limitChanges.map(({ name, netns, from, to, atMs }) => {
    const where =
      netns === NODE_WIDE || netns === header.netns
        ? ''
        : ` in ${safeText(last.netnsLabels.get(netns) ?? `network namespace ${netns}`, 60)}`;
    const clock = formatClock(header.startedAtMs + atMs);
    return `${clock} ${name}${where} from ${formatCount(from)} to ${formatCount(to)}`;
  });
}
