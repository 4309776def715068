import { CEILING_KINDS, seriesOf } from '../model/index.js';
import type { CeilingStats, Window } from '../model/index.js';
import { NODE_WIDE } from '../records/index.js';
import type { MetricName, Netns } from '../records/index.js';
import { rangeNear } from './client-ranges.js';
import type { ClientAtRange } from './client-ranges.js';
import { setLimitsOf } from './limit-settings.js';

/** How close a level must be to a limit: queues hold one more, the last ports of a range stay unused. */
const NEAR_SHARE = 0.02;
const NEAR_COUNT = 8;
/** A level that changes by less is a plateau: connections are opened and closed all the time. */
const FLAT_COUNT = 8;
const FLAT_SHARE = 0.0005;
/** Plateaus below this count are ignored. */
const LEAST = 100;

/** A ceiling of this host near the value of a plateau, and whether it can be the cause. */
export interface Suspect {
  /** The kernel's name of it. */
  readonly name: string;
  readonly limit: number;
  /** The ceiling on the ladder, if it has a usage counter. */
  readonly ceiling: CeilingStats | null;
  /** Of `client-ports`: the client, where the peers were looked at and one has as many connections. */
  readonly client?: ClientAtRange;
  /** `reached`: usage is at the limit. `cleared`: usage is far below. `unknown`: usage is not read. */
  readonly verdict: 'reached' | 'cleared' | 'unknown';
}

/** Connections stay at a level while more are attempted. */
export interface SuspectedPlateau {
  /** The metric of the plateau; `asked` if the user gave the level. */
  readonly gauge: MetricName | 'asked';
  readonly netns: Netns | null;
  readonly level: number;
  /** Counters that grew meanwhile: of refusals first, then of attempts. */
  readonly attempts: readonly { readonly metric: MetricName; readonly growth: number }[];
  readonly suspects: readonly Suspect[];
}

/** A counter of connections that were refused or not answered, and how much of it says that a limit is at work. */
interface RefusalCounter {
  readonly metric: MetricName;
  /** Counted in it as well, and answered. */
  readonly less?: MetricName;
  /** Least count, and least share of all that was tried. */
  readonly fewest: number;
  readonly share: number;
}

const refusal = (metric: MetricName, changes: Partial<RefusalCounter> = {}): RefusalCounter => ({
  metric,
  fewest: 3,
  share: 0.1,
  ...changes,
});

/**
 * What must grow while a level stands still: a pool of constant size opens and closes connections all the time, and none
 * of them is refused.
 */
const REFUSALS: Readonly<Partial<Record<MetricName, readonly RefusalCounter[]>>> = {
  'Tcp.CurrEstab': [
    refusal('probe.table_full'),
    refusal('nf_conntrack.drop'),
    refusal('TcpExt.ListenOverflows'),
    refusal('TcpExt.ListenDrops'),
    refusal('TcpExt.TCPAbortOnClose'),
    refusal('probe.connect_eaddrnotavail'),
    refusal('probe.bind_no_port'),
    refusal('probe.accept_failed'),
    // A connect that a closed port refuses counts here, too: health checks do it all day.
    refusal('Tcp.AttemptFails', { less: 'Tcp.ActiveOpens' }),
    // Half of the connects are not answered at once. One peer that is gone is no more than that.
    refusal('TcpExt.TCPSynRetrans', { fewest: 10, share: 0.5 }),
  ],
  'net.netfilter.nf_conntrack_count': [
    refusal('probe.table_full'),
    refusal('probe.early_drop'),
    refusal('nf_conntrack.drop'),
    refusal('nf_conntrack.early_drop'),
  ],
};

/** Counters that grow with attempted connections, whatever becomes of them. */
const ATTEMPTS: readonly MetricName[] = ['probe.syn', 'Tcp.ActiveOpens', 'Tcp.PassiveOpens'];

/** Plateaus of a window while connections are refused, with the ceilings near their level. */
export function plateausOf(window: Window, clients: ClientsSeen): SuspectedPlateau[] {
  return [...window.series.values()].flatMap((series): SuspectedPlateau[] => {
    const { name, netns, last, min, max } = series;
    const counters = REFUSALS[name];
    if (counters === undefined || last === null || min === null || max === null || last < LEAST) return [];
    if (window.frameCount < 3 || max - min > Math.max(FLAT_COUNT, FLAT_SHARE * max)) return [];
    const grown = (metric: MetricName): number => seriesOf(window, netns, metric)?.growth ?? 0;
    const tried = grown('Tcp.ActiveOpens') + grown('Tcp.PassiveOpens');
    const refused = counters.filter(({ metric, less, fewest, share }) => {
      const count = grown(metric) - (less === undefined ? 0 : grown(less));
      return count >= fewest && count >= share * (count + tried);
    });
    if (refused.length === 0) return [];
    const attempts = [...refused.map(({ metric }) => metric), ...ATTEMPTS].flatMap((metric) => {
      const growth = grown(metric);
      return growth > 0 ? [{ metric, growth }] : [];
    });
    return [{ gauge: name, netns, level: last, attempts, suspects: suspectsOf(window, last, clients) }];
  });
}

/** A plateau that the user observed. */
export function plateauAt(window: Window, level: number, clients: ClientsSeen): SuspectedPlateau {
  return { gauge: 'asked', netns: null, level, attempts: [], suspects: suspectsOf(window, level, clients) };
}

/** The ceilings near this value: those of the ladder, and sysctls without a usage counter. */
function suspectsOf(window: Window, level: number, clients: ClientsSeen): Suspect[] {
  const ofLadder = window.ceilings.flatMap((ceiling): Suspect[] =>
    ceiling.limit === null || !isNear(level, ceiling.limit)
      ? []
      : [
          {
            name: ceiling.id,
            limit: ceiling.limit,
            ceiling,
            verdict:
              ceiling.share === null ? 'unknown' : ceiling.share >= 1 - NEAR_SHARE ? 'reached' : 'cleared',
          },
        ],
  );
  const onLadder = new Set(window.ceilings.flatMap((ceiling) => CEILING_KINDS[ceiling.id].sysctl ?? []));
  const ofSettings = setLimitsOf(window).flatMap(({ name, drift }): Suspect[] => {
    if (onLadder.has(name) || NO_COUNT.includes(name)) return [];
    const limit = figureOf(name, drift.running);
    return limit === null || !isNear(level, limit)
      ? []
      : [{ name, limit, ceiling: null, verdict: 'unknown' }];
  });
  return [
    ...ofLadder,
    ...ofSettings,
    ...natSuspects(window, level),
    ...clientSuspects(window, level, clients),
  ].sort(
    (a, b) => ORDER[a.verdict] - ORDER[b.verdict] || Math.abs(a.limit - level) - Math.abs(b.limit - level),
  );
}

const ORDER = { reached: 0, unknown: 1, cleared: 2 } as const;

/** Settings that are not a number of connections. */
const NO_COUNT: readonly string[] = ['net.netfilter.nf_conntrack_buckets', 'net.ipv4.tcp_syncookies'];

/** The limit as a number; of a port range, its size. */
function figureOf(name: string, running: string | null): number | null {
  const words = (running ?? '').split(/\s+/).map(Number);
  const [first, second] = words;
  if (first === undefined || !Number.isSafeInteger(first)) return null;
  if (name !== 'net.ipv4.ip_local_port_range') return words.length === 1 ? first : null;
  return second === undefined || !Number.isSafeInteger(second) || second < first ? null : second - first + 1;
}

/** Source NAT uses ports from 1024 on, per source address and destination. */
const NAT_PORTS = 65_536 - 1024;

function natSuspects(window: Window, level: number): Suspect[] {
  const loaded = seriesOf(window, NODE_WIDE, 'net.netfilter.nf_conntrack_max')?.last;
  return loaded == null || !isNear(level, NAT_PORTS)
    ? []
    : [{ name: 'nat-ports', limit: NAT_PORTS, ceiling: null, verdict: 'unknown' }];
}

/** Clients at the end of their ports; `null` where the peers were not looked at. */
type ClientsSeen = readonly ClientAtRange[] | null;

/** One client at the end of its ports: seen from here, nothing is refused, for nothing arrives. */
function clientSuspects(window: Window, level: number, clients: ClientsSeen): Suspect[] {
  const near = clients?.find(({ connections }) => isNear(level, connections));
  const range = near?.range ?? rangeNear(window, window.header.netns, level);
  if (range === null) return [];
  return [
    {
      name: 'client-ports',
      limit: range.ports,
      ceiling: null,
      ...(near === undefined ? {} : { client: near }),
      verdict: near !== undefined ? 'reached' : clients === null ? 'unknown' : 'cleared',
    },
  ];
}

function isNear(level: number, limit: number): boolean {
  return Math.abs(level - limit) <= Math.max(NEAR_COUNT, NEAR_SHARE * limit);
}
