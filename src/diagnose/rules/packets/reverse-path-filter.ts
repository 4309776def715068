import { NODE_WIDE } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { pacePerSec, paceOf } from '../../evidence/pace.js';

/** From here on a second it is no stray traffic of a link. */
const MANY_PER_SEC = 10;

/**
 * Packets dropped because their source is routed by another interface than the one they came in by (rp_filter, the
 * larger of `all` and the interface's own): with asymmetric routes every SYN of such a client is lost. The counter is
 * of packets of any kind, and spoofed ones count too.
 */
export function reversePathFilter(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => {
    if (netns === NODE_WIDE) return [];
    const series = seriesOf(window, netns, 'TcpExt.IPReversePathFilter');
    if (paceOf(window, series) !== 'heavy') return [];
    const isMany = pacePerSec(window, series, series?.growth ?? 0) >= MANY_PER_SEC;
    const finding = findingFromCounter(
      window,
      netns,
      'TcpExt.IPReversePathFilter',
      { code: 'reverse-path-filter', severity: isMany ? 'critical' : 'warning', refuses: true },
      ['net.ipv4.conf.all.rp_filter'],
    );
    if (finding === null) return [];
    return [
      {
        ...finding,
        ...rateConfidence(window, 0.8, 'counter-alone', 'any-packets'),
        fixes: [{ id: 'find-reverse-path', entry: netnsEntry(window, netns) }],
      },
    ];
  });
}
