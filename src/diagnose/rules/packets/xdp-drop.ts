import { NODE_WIDE } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { feltDrops, resentEvidence } from '../../evidence/felt-drops.js';
import type { Finding } from '../../finding.js';

/**
 * An XDP program drops packets before the kernel has made anything of them: no reason is told, no port, and only some
 * drivers count it. Such a program is there to drop: it is named only where connections miss what it drops.
 */
export function xdpDrop(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns): Finding[] => {
    if (netns === NODE_WIDE) return [];
    const felt = feltDrops(window, netns, seriesOf(window, netns, 'xdp.dropped'));
    if (felt === null) return [];
    const finding = findingFromCounter(
      window,
      netns,
      'xdp.dropped',
      { code: 'xdp-drop', severity: 'warning', refuses: true },
      [],
    );
    if (finding === null) return [];
    return [
      {
        ...finding,
        ...rateConfidence(window, felt.confidence, felt.reason),
        // The cards are asked every few seconds: the rate of the last second says nothing.
        refusedPerSec: null,
        evidence: [...finding.evidence, ...resentEvidence(window, felt)],
        fixes: [
          {
            id: 'find-xdp-program',
            program: window.last.coverage?.unwatched?.find(({ id }) => id === 'xdp')?.seen ?? null,
          },
        ],
      },
    ];
  });
}
