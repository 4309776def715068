import { NODE_WIDE } from '../../../records/index.js';
import { seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding } from '../../finding.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { paceOf } from '../../evidence/pace.js';

/**
 * The cloud beneath the host tracks connections too, and drops the packets of new ones above what this type of
 * instance may have. The kernel's own table knows nothing of it; the ENA driver's counters do.
 */
export function cloudConntrackAllowance(window: Window): Finding[] {
  const finding = findingFromCounter(
    window,
    NODE_WIDE,
    'ena.conntrack_allowance_exceeded',
    {
      code: 'cloud-conntrack-allowance',
      severity:
        paceOf(window, seriesOf(window, NODE_WIDE, 'ena.conntrack_allowance_exceeded')) === 'rare'
          ? 'warning'
          : 'critical',
      refuses: true,
    },
    ['ena.conntrack_allowance_available'],
  );
  return finding === null
    ? []
    : [{ ...finding, fixes: [{ id: 'find-cloud-drops' }, { id: 'leave-cloud-tracking' }] }];
}
