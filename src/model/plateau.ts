import type { ElapsedMs, MetricName, Netns } from '../records/index.js';
import type { Frame } from './frame.js';
import { copyMap } from './tracks.js';
import type { WindowPart } from './tracks.js';

/** A level that moves by no more than this is flat: the connections that are just being opened and closed. */
const FLAT_CONNECTIONS = 8;
const FLAT_SHARE = 0.05;

/** A plateau of one namespace: connections keep being accepted while the established count stays flat. */
export interface Plateau {
  readonly netns: Netns;
  readonly fromMs: ElapsedMs;
  /** When a connection was last accepted in it. */
  readonly toMs: ElapsedMs;
  /** The established count at which it stayed most of the time. */
  readonly established: number;
  /** What grew meanwhile; `null` where it was not known at both ends. */
  readonly accepted: number | null;
  readonly connected: number | null;
  /** Closed on this side with data unread, or before data came that had been sent. */
  readonly closedUnread: number | null;
  /** Closed first on this side, by FIN: came into TIME_WAIT. */
  readonly closedFirst: number | null;
  readonly dataSent: number | null;
}

const COUNTERS = [
  'Tcp.PassiveOpens',
  'Tcp.ActiveOpens',
  'TcpExt.TCPAbortOnClose',
  'TcpExt.TCPAbortOnData',
  'TcpExt.TW',
  'TcpExt.TCPOrigDataSent',
  'sockstat.TCP.tw',
] as const satisfies readonly MetricName[];

type Counter = (typeof COUNTERS)[number];
type Counts = Readonly<Record<Counter, number | null>>;

const FOLLOWED: ReadonlySet<MetricName> = new Set(COUNTERS);
const NO_COUNTS = Object.fromEntries(COUNTERS.map((name) => [name, null])) as Record<Counter, null>;

interface PlateauTrack {
  readonly fromMs: ElapsedMs;
  readonly before: Counts;
  toMs: ElapsedMs;
  now: Counts;
  least: number;
  most: number;
  /** How often each value was seen, of the few that are near enough to be one plateau. */
  readonly seen: Map<number, number>;
}

/**
 * Follows the established connections of every namespace: the plateau of now of each, and of those that ended the one
 * that closed most.
 */
export function createPlateaus(
  tracks = new Map<Netns, PlateauTrack>(),
  ended = new Map<Netns, Plateau>(),
  latest = new Map<Netns, Counts>(),
): WindowPart<readonly Plateau[]> {
  function end(netns: Netns, track: PlateauTrack): void {
    const plateau = plateauOf(netns, track);
    if (countClosed(plateau) > countClosed(ended.get(netns))) ended.set(netns, plateau);
  }

  /** Takes what changed into the latest counts of each namespace, and returns those in which something did. */
  function noteChanges(frame: Frame, before: Frame | null): ReadonlySet<Netns> {
    const changed = new Map<Netns, Partial<Record<MetricName, number | null>>>();
    frame.readings.forEachChange(before?.readings ?? null, ({ name, netns, value }) => {
      if (!FOLLOWED.has(name) && name !== 'Tcp.CurrEstab') return;
      const counts = changed.get(netns) ?? {};
      if (FOLLOWED.has(name)) counts[name] = value;
      changed.set(netns, counts);
    });
    for (const [netns, counts] of changed)
      latest.set(netns, { ...(latest.get(netns) ?? NO_COUNTS), ...counts });
    return new Set(changed.keys());
  }

  return {
    add(frame, before) {
      const changed = noteChanges(frame, before);
      for (const { netns, value } of frame.readings.named('Tcp.CurrEstab')) {
        if (value === null) continue;
        const track = tracks.get(netns);
        if (track !== undefined && !changed.has(netns)) {
          track.seen.set(value, (track.seen.get(value) ?? 0) + 1);
          continue;
        }
        const now = latest.get(netns) ?? NO_COUNTS;
        const least = Math.min(track?.least ?? value, value);
        const most = Math.max(track?.most ?? value, value);
        if (track !== undefined && most - least <= Math.max(FLAT_CONNECTIONS, FLAT_SHARE * most)) {
          // It lasts as long as connections come: a host without new connections is flat as well.
          const came = now['Tcp.PassiveOpens'] !== track.now['Tcp.PassiveOpens'];
          track.seen.set(value, (track.seen.get(value) ?? 0) + 1);
          Object.assign(track, { toMs: came ? frame.elapsedMs : track.toMs, now, least, most });
          continue;
        }
        if (track !== undefined) end(netns, track);
        tracks.set(netns, {
          fromMs: frame.elapsedMs,
          toMs: frame.elapsedMs,
          before: now,
          now,
          least: value,
          most: value,
          seen: new Map([[value, 1]]),
        });
      }
    },
    build() {
      return [...[...tracks].map(([netns, track]) => plateauOf(netns, track)), ...ended.values()];
    },
    clone: () =>
      createPlateaus(
        copyMap(tracks, (track) => ({ ...track, seen: new Map(track.seen) })),
        new Map(ended),
        new Map(latest),
      ),
  };
}

function plateauOf(netns: Netns, { fromMs, toMs, before, now, most, seen }: PlateauTrack): Plateau {
  const [usual] = [...seen].sort(([a, often], [b, oftener]) => oftener - often || b - a);
  const grown = (name: keyof Counts): number | null => {
    const [a, b] = [before[name], now[name]];
    return a === null || b === null ? null : Math.max(0, b - a);
  };
  const both = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : a + b;
  return {
    netns,
    fromMs,
    toMs,
    established: usual?.[0] ?? most,
    accepted: grown('Tcp.PassiveOpens'),
    connected: grown('Tcp.ActiveOpens'),
    closedUnread: both(grown('TcpExt.TCPAbortOnClose'), grown('TcpExt.TCPAbortOnData')),
    // Growth of TIME_WAIT, plus the sockets that left it meanwhile.
    closedFirst: both(grown('sockstat.TCP.tw'), grown('TcpExt.TW')),
    dataSent: grown('TcpExt.TCPOrigDataSent'),
  };
}

function countClosed(plateau: Plateau | undefined): number {
  return Math.max(plateau?.closedUnread ?? 0, plateau?.closedFirst ?? 0);
}
