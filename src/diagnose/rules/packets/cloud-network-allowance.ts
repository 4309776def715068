import { NODE_WIDE } from '../../../records/index.js';
import type { MetricName } from '../../../records/index.js';
import { seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { growthEvidence } from '../../evidence/insert-failures.js';
import { paceOf, pacePerSec } from '../../evidence/pace.js';
import type { Finding, Fix } from '../../finding.js';

type Allowance = Extract<Fix, { id: 'spare-cloud-allowance' }>['allowance'];

/** A burst of a millisecond exceeds rate and bandwidth on any busy instance; so many a second are no burst. */
const MANY_PER_SEC = 10;

const ALLOWANCES: readonly (readonly [metric: MetricName, allowance: Allowance])[] = [
  ['ena.linklocal_allowance_exceeded', 'link-local'],
  ['ena.pps_allowance_exceeded', 'packets'],
  ['ena.bw_in_allowance_exceeded', 'bandwidth'],
  ['ena.bw_out_allowance_exceeded', 'bandwidth'],
];

/**
 * Packets that the cloud beneath the host holds back above what this type of instance may send: to its own services
 * (DNS, time, metadata: dropped), in all, or in bytes (queued, and dropped when the queue is full). SYNs and answers
 * are among them, so a connection is late, not refused.
 */
export function cloudNetworkAllowance(window: Window): Finding[] {
  const exceeded = ALLOWANCES.filter(([metric]) => isFelt(window, metric));
  const [first] = exceeded;
  if (first === undefined) return [];
  const [metric, allowance] = first;
  const finding = findingFromCounter(
    window,
    NODE_WIDE,
    metric,
    { code: 'cloud-network-allowance', severity: 'warning', refuses: true },
    [],
  );
  if (finding === null) return [];
  const others = exceeded
    .slice(1)
    .flatMap(([other]) => growthEvidence(window, NODE_WIDE, other, finding.subject));
  return [
    {
      ...finding,
      ...(allowance === 'link-local'
        ? rateConfidence(window, 0.9, 'counter-alone')
        : rateConfidence(window, 0.7, 'queued-or-dropped')),
      evidence: [...finding.evidence, ...others],
      fixes: [{ id: 'find-cloud-drops' }, { id: 'spare-cloud-allowance', allowance }],
    },
  ];
}

function isFelt(window: Window, metric: MetricName): boolean {
  const series = seriesOf(window, NODE_WIDE, metric);
  if (paceOf(window, series) === 'rare') return false;
  return (
    metric === 'ena.linklocal_allowance_exceeded' ||
    pacePerSec(window, series, series?.growth ?? 0) >= MANY_PER_SEC
  );
}
