import { metricKind, NODE_WIDE } from '../../records/index.js';
import type { CoverageRecord, MetricName, SourceName, UnreadGroup, UnreadKind } from '../../records/index.js';
import { seriesOf } from '../../model/index.js';
import type { SeriesStats, Window } from '../../model/index.js';
import type { InputHealth } from '../diagnosis.js';
import type { FindingCode } from '../finding.js';
import type { BlindSpot } from './coverage.js';

/** What is refused inside a namespace and seen only in its own counters and sockets. */
const IN_NAMESPACES: readonly FindingCode[] = [
  'accept-queue-overflow',
  'syn-queue-overflow',
  'conntrack-table-full',
  'conntrack-insert-failed',
  'ephemeral-ports-exhausted',
  'nat-ports-exhausted',
  'unexplained-loss',
];
const OF_PROCESSES: readonly FindingCode[] = ['process-fd-limit', 'task-limit', 'map-count-limit'];

const HIDDEN_BY: Readonly<Record<UnreadKind, readonly FindingCode[]>> = {
  namespaces: IN_NAMESPACES,
  processes: OF_PROCESSES,
  listeners: ['accept-queue-overflow', 'process-fd-limit'],
  counters: IN_NAMESPACES,
};

/** What only the probes see. */
const BY_PROBES: readonly FindingCode[] = [
  'process-fd-limit',
  'ephemeral-ports-exhausted',
  'nat-ports-exhausted',
  'firewall-drop',
];

/** Counters of the host's own namespace without which a refusal there goes unseen, with what it would be. */
const NEEDED_COUNTERS: readonly (readonly [metric: MetricName, hides: readonly FindingCode[]])[] = [
  ['TcpExt.ListenOverflows', ['accept-queue-overflow']],
  ['TcpExt.ListenDrops', ['syn-queue-overflow', 'unexplained-loss']],
  ['nf_conntrack.drop', ['conntrack-table-full', 'conntrack-insert-failed', 'nat-ports-exhausted']],
];

/**
 * What could hide a refusal in this window. It goes by what the stream itself shows: a capture of a version that did
 * not list what was unread is judged by its `unreadable`, by counters that are there and unknown, and by silence; what
 * it does not mention at all is not held against it. Probes that never ran are no blind spot, for the counters see
 * every refusal but a firewall's; the coverage says so in words.
 */
export function blindSpotsOf(window: Window, { damagedLines }: InputHealth): BlindSpot[] {
  const { coverage } = window.last;
  return [
    ...listUnread(coverage).map((group): BlindSpot => ({ ...group, hides: HIDDEN_BY[group.kind] })),
    ...findUnknownCounters(window),
    ...(['kernel', 'bpftrace'] as const).flatMap((source) => findSilence(window, source)),
    ...(damagedLines === 0
      ? []
      : [
          {
            kind: 'lines',
            count: damagedLines,
            names: [],
            why: 'damaged',
            // They may have held just the seconds that mattered.
            hides: [...IN_NAMESPACES, ...OF_PROCESSES],
          } as const,
        ]),
  ];
}

function listUnread(coverage: CoverageRecord | null): readonly UnreadGroup[] {
  if (coverage === null) return [];
  return coverage.unread ?? coverage.unreadable.flatMap(({ what, why }) => parseUnreadable(what, why));
}

/** What `unreadable` of captures without `unread` says in words. */
function parseUnreadable(what: string, why: string): UnreadGroup[] {
  if (what === 'listening sockets') return [{ kind: 'listeners', count: null, names: [], why }];
  const further = /^(\d+) further network namespaces$/.exec(what);
  if (further !== null) return [{ kind: 'namespaces', count: Number(further[1]), names: [], why }];
  // A process that ended while it was read is no loss.
  if (/^\/proc\/\d+\//.test(what) && why !== 'ENOENT' && why !== 'ESRCH')
    return [{ kind: 'namespaces', count: 1, names: [what], why }];
  return [];
}

/** Counters that are told of and unknown: their file could not be read. Where the probes see the same, they are not needed. */
function findUnknownCounters(window: Window): BlindSpot[] {
  const { netns } = window.header;
  const probed = window.last.coverage?.hooks ?? [];
  const dropsProbed = probed.some((hook) => hook.hook === 'conntrack-drop' && hook.state === 'attached');
  return NEEDED_COUNTERS.flatMap(([metric, hides]): BlindSpot[] => {
    const series = netns === null ? undefined : seriesOf(window, netns, metric);
    if (series?.max !== null) return [];
    if (metric === 'nf_conntrack.drop' && (dropsProbed || !isConntrackLoaded(window))) return [];
    return [{ kind: 'counters', count: 1, names: [metric], why: 'the kernel does not show it here', hides }];
  });
}

function isConntrackLoaded(window: Window): boolean {
  return (seriesOf(window, NODE_WIDE, 'net.netfilter.nf_conntrack_max')?.last ?? null) !== null;
}

/** A source that has reported before, but not in the last intervals. */
function findSilence(window: Window, source: SourceName): BlindSpot[] {
  const hostNetns = window.header.netns;
  const counters: SeriesStats[] = [];
  for (const series of window.series.values()) {
    const isOfHost = series.netns === NODE_WIDE || hostNetns === null || series.netns === hostNetns;
    if (isOfHost && series.source === source && metricKind(series.name) === 'counter') counters.push(series);
  }
  // A counter that two samples gave a rate has none only while its source is silent, or across a gap that ends just now.
  const silent = counters.some(hadRate) && counters.every((series) => series.perSec === null);
  const gapNow = window.last.gaps.some((gap) => gap.source === source);
  if (!silent || gapNow || isRestarting(window, source)) return [];
  return [
    {
      kind: 'source',
      count: 1,
      names: [source],
      why: 'silent at the end',
      hides: source === 'bpftrace' ? BY_PROBES : [...IN_NAMESPACES, ...OF_PROCESSES],
    },
  ];
}

const hadRate = (series: SeriesStats): boolean => series.peakPerSec !== null;

/** Probes that ended with ctdiag, or are restarting, are reported by the coverage. */
function isRestarting(window: Window, source: SourceName): boolean {
  return source === 'bpftrace' && window.last.coverage?.probes === 'starting';
}
