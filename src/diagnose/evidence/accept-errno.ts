import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import type { Netns } from '../../records/index.js';
import type { Evidence } from '../finding.js';

/** The calls of accept(2) that failed with the errno, as the probe saw them, of each of the namespaces. */
export function acceptErrnoEvidence(
  window: Window,
  namespaces: ReadonlySet<Netns>,
  metric: 'probe.accept_emfile' | 'probe.accept_enfile',
): Evidence[] {
  return [...namespaces].flatMap((netns): Evidence[] => {
    const growth = seriesOf(window, netns, metric)?.growth ?? 0;
    return growth === 0
      ? []
      : [
          {
            metric,
            measure: 'growth',
            value: growth,
            limit: null,
            source: 'bpftrace',
            subject: { kind: 'netns', netns, label: window.last.netnsLabels.get(netns) ?? null },
          },
        ];
  });
}
