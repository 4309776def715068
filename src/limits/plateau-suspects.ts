import { CEILING_KINDS, seriesOf } from '../model/index.js';
import type { CeilingStats, Window } from '../model/index.js';
import { NODE_WIDE } from '../records/index.js';
import type { MetricName, Netns } from '../records/index.js';
import { setLimitsOf } from './limit-settings.js';

/** A level this near to a limit is called its value: queues hold one more, the last of a range are not all used. */
const NEAR_SHARE = 0.02;
const NEAR_COUNT = 8;
/** A level that moves by less stands still: connections that are just being opened and closed. */
const FLAT_COUNT = 8;
const FLAT_SHARE = 0.0005;
/** Fewer tell of no ceiling. */
const LEAST = 100;

/** A ceiling of this host whose value is that of a plateau, and whether it can be what holds it there. */
export interface Suspect {
  /** The kernel's name of it. */
  readonly name: string;
  readonly limit: number;
  /** Of whom, where it is a ceiling with a use: the ladder's key. */
  readonly ceiling: CeilingStats | null;
  /** `reached`: its own use is at it. `cleared`: its own use is far below. `unknown`: its use is not read. */
  readonly verdict: 'reached' | 'cleared' | 'unknown';
}

/** Connections stand still at a level while more are asked for. */
export interface SuspectedPlateau {
  /** The level that stands; `asked` when a person gave it. */
  readonly gauge: MetricName | 'asked';
  readonly netns: Netns | null;
  readonly level: number;
  /** What went on meanwhile, by counter. */
  readonly attempts: readonly { readonly metric: MetricName; readonly growth: number }[];
  readonly suspects: readonly Suspect[];
}

const GAUGES: readonly MetricName[] = ['Tcp.CurrEstab', 'net.netfilter.nf_conntrack_count'];

/** Counters that grow when connections are asked for and not got, or asked for at all. */
const ATTEMPTS: readonly MetricName[] = [
  'probe.syn',
  'probe.table_full',
  'nf_conntrack.drop',
  'TcpExt.ListenOverflows',
  'TcpExt.ListenDrops',
  'Tcp.AttemptFails',
  'Tcp.ActiveOpens',
  'Tcp.PassiveOpens',
];

/** The levels that stand still in a window while attempts go on, with the ceilings that have their value. */
export function plateausOf(window: Window): SuspectedPlateau[] {
  return [...window.series.values()].flatMap((series): SuspectedPlateau[] => {
    const { name, netns, last, min, max } = series;
    if (!GAUGES.includes(name) || last === null || min === null || max === null || last < LEAST) return [];
    if (window.frameCount < 3 || max - min > Math.max(FLAT_COUNT, FLAT_SHARE * max)) return [];
    const attempts = ATTEMPTS.flatMap((metric) => {
      const growth = seriesOf(window, netns, metric)?.growth ?? 0;
      return growth > 0 ? [{ metric, growth }] : [];
    });
    return attempts.length === 0
      ? []
      : [{ gauge: name, netns, level: last, attempts, suspects: suspectsOf(window, last) }];
  });
}

/** What a person saw stand still. */
export function plateauAt(window: Window, level: number): SuspectedPlateau {
  return { gauge: 'asked', netns: null, level, attempts: [], suspects: suspectsOf(window, level) };
}

/** The ceilings of this host with this value: those of the ladder, and sysctls whose use has no place on it. */
function suspectsOf(window: Window, level: number): Suspect[] {
  const ofLadder = window.ceilings.flatMap((ceiling): Suspect[] =>
    ceiling.limit === null || !near(level, ceiling.limit)
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
    return limit === null || !near(level, limit) ? [] : [{ name, limit, ceiling: null, verdict: 'unknown' }];
  });
  return [...ofLadder, ...ofSettings, ...ofNat(window, level)].sort(
    (a, b) => ORDER[a.verdict] - ORDER[b.verdict] || Math.abs(a.limit - level) - Math.abs(b.limit - level),
  );
}

const ORDER = { reached: 0, unknown: 1, cleared: 2 } as const;

/** Settings that are no number of connections. */
const NO_COUNT: readonly string[] = ['net.netfilter.nf_conntrack_buckets', 'net.ipv4.tcp_syncookies'];

/** Of a range its size. */
function figureOf(name: string, running: string | null): number | null {
  const words = (running ?? '').split(/\s+/).map(Number);
  const [first, second] = words;
  if (first === undefined || !Number.isSafeInteger(first)) return null;
  if (name !== 'net.ipv4.ip_local_port_range') return words.length === 1 ? first : null;
  return second === undefined || !Number.isSafeInteger(second) || second < first ? null : second - first + 1;
}

/** Source NAT takes the ports from 1024 on, to one destination and port from one address. */
const NAT_PORTS = 65_536 - 1024;

function ofNat(window: Window, level: number): Suspect[] {
  const loaded = seriesOf(window, NODE_WIDE, 'net.netfilter.nf_conntrack_max')?.last;
  return loaded == null || !near(level, NAT_PORTS)
    ? []
    : [{ name: 'nat-ports', limit: NAT_PORTS, ceiling: null, verdict: 'unknown' }];
}

function near(level: number, limit: number): boolean {
  return Math.abs(level - limit) <= Math.max(NEAR_COUNT, NEAR_SHARE * limit);
}
