import { NODE_WIDE } from '../../../records/index.js';
import type { Netns } from '../../../records/index.js';
import { namespacesOf, seriesOf } from '../../../model/index.js';
import type { SeriesStats, Window } from '../../../model/index.js';
import { rateConfidence } from '../../evidence/confidence.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { feltDrops, resentEvidence, resentSyns } from '../../evidence/felt-drops.js';
import type { FeltDrops } from '../../evidence/felt-drops.js';
import { paceOf, pacePerSec } from '../../evidence/pace.js';
import type { Evidence, Finding } from '../../finding.js';
import { netnsEntry } from '../../fixes/netns-entry.js';

/** Of the samples of ports: scanners ask for others in between. */
const MOST = 0.5;
/** The same for a port without a listener here, which may be forwarded or only probed. */
const ALMOST_ALL = 0.8;
/** A single look at the last port says nothing of those before it. */
const FEWEST_SAMPLES = 3;
const STEADY_PER_SEC = 1;

interface Seen extends FeltDrops {
  readonly series: SeriesStats;
  /** The port that the SYNs were for; `null` where that is not known. */
  readonly port: number | null;
  readonly isSure: boolean;
}

/**
 * A filter or program of tc (Cilium, policies of a cloud agent, a shaper with a police action) drops new connections.
 * The probe tells SYNs and their port; without it the qdisc counts packets of any kind, and something else must show
 * that connections miss them.
 */
export function tcDrop(window: Window): Finding[] {
  return namespacesOf(window).flatMap((netns) => (netns === NODE_WIDE ? [] : findInNamespace(window, netns)));
}

function findInNamespace(window: Window, netns: Netns): Finding[] {
  const syns = seriesOf(window, netns, 'probe.tc_drop_syn');
  const seen = syns?.growth == null ? findByCounter(window, netns) : findSyns(window, netns, syns);
  if (seen === null) return [];
  const isHeavy = paceOf(window, seen.series) === 'heavy';
  const finding = findingFromCounter(
    window,
    netns,
    seen.series.name,
    { code: 'tc-drop', severity: isHeavy && seen.isSure ? 'critical' : 'warning', refuses: true },
    [],
  );
  if (finding === null) return [];
  const [counted, ...others] = finding.evidence;
  const port: Evidence[] =
    seen.port === null
      ? []
      : [
          {
            metric: 'probe.tc_drop_port',
            measure: 'level',
            value: seen.port,
            limit: null,
            source: 'bpftrace',
            subject: finding.subject,
          },
        ];
  const program = window.last.coverage?.unwatched?.find(({ id }) => id === 'tc-bpf')?.seen ?? null;
  return [
    {
      ...finding,
      ...rateConfidence(window, seen.confidence, seen.reason),
      // The qdiscs are asked every few seconds: the rate of the last second says nothing.
      refusedPerSec: seen.series.source === 'bpftrace' ? finding.refusedPerSec : null,
      evidence: [
        ...(counted === undefined ? [] : [{ ...counted, source: seen.series.source }]),
        ...port,
        ...others,
        ...resentEvidence(window, seen),
      ],
      fixes: [
        {
          id: 'find-tc-filter',
          entry: netnsEntry(window, netns),
          // Only of the host's namespace is it known which program is there.
          program: netns === window.header.netns ? program : null,
        },
      ],
    },
  ];
}

function findSyns(window: Window, netns: Netns, series: SeriesStats): Seen | null {
  const count = series.growth ?? 0;
  if (paceOf(window, series) === 'rare') return null;
  const asked = window.tcDroppedPorts.get(netns);
  const port = asked !== undefined && asked.share >= MOST ? asked.port : null;
  const isListened =
    port !== null &&
    window.listeners.some(({ listener }) => listener.netns === netns && listener.port === port);
  if (isListened)
    return { series, port, confidence: 0.95, reason: 'syns-dropped-for-listener', isSure: true };
  if (resentSyns(window) >= MOST * count)
    return { series, port, confidence: 0.9, reason: 'syns-resent-meanwhile', isSure: true };
  const isOnePort = asked !== undefined && asked.samples >= FEWEST_SAMPLES && asked.share >= ALMOST_ALL;
  if (isOnePort && pacePerSec(window, series, count) >= STEADY_PER_SEC)
    return { series, port, confidence: 0.75, reason: 'syns-to-one-port', isSure: false };
  return null;
}

function findByCounter(window: Window, netns: Netns): Seen | null {
  const series = seriesOf(window, netns, 'tc.filter_dropped');
  const felt = feltDrops(window, netns, series);
  return felt === null || series === undefined ? null : { ...felt, series, port: null, isSure: false };
}
