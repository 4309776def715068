import type { ElapsedMs, StreamHeader } from '../records/index.js';
import { createMoments } from './fleet/moments.js';
import type { Moments } from './fleet/moments.js';
import { presenceAt } from './fleet/presence.js';
import { frameBefore, frameTime } from './fleet/track.js';
import type { Recording, Track } from './fleet/track.js';
import { createChangeMerger, findChange } from './fleet/verdict-changes.js';
import { hostNames } from './host-names.js';
import type {
  HostChange,
  HostPlace,
  HostRow,
  Hosts,
  ScreenState,
  Timeline,
  TimelineTrack,
} from './screen-state.js';
import type { Moment, Session } from './session.js';

export type { Recording } from './fleet/track.js';

/**
 * The hosts of a screen on one time line, of which one host is the simplest case. Times on it count from the start of
 * the recording that began first, by the clocks of the headers.
 */
export interface Fleet {
  readonly recordings: readonly Recording[];
  /** Wall clock of time 0 of the line. */
  readonly startedAtMs: number;
  readonly isEmpty: boolean;
  /** The first and the last moment that are known of all whose recordings are still being read. */
  readonly fromMs: ElapsedMs;
  readonly toMs: ElapsedMs;
  /** The last moment not after `atMs`, else the first. */
  snap(atMs: ElapsedMs): ElapsedMs;
  /** The moment after `atMs`; `null` at the end. */
  next(atMs: ElapsedMs): ElapsedMs | null;
  /** So many moments on, or back when negative; no further than the ends. */
  step(atMs: ElapsedMs, moments: number): ElapsedMs;
  /** The next change of the verdict, or the last before; of the open host, or of any. */
  change(atMs: ElapsedMs, direction: 1 | -1, open: number | null): ElapsedMs | null;
  timeline(atMs: ElapsedMs, open: number | null): Timeline;
  /** The part of the screen's state that a moment decides. `open` is the host that is looked at, `null` for the table. */
  at(atMs: ElapsedMs, open: number | null): Moment & Pick<ScreenState, 'hosts'>;
}

type Verdict = Pick<HostRow, 'window' | 'diagnosis'>;

const NOTHING: Moment = {
  header: null,
  frames: [],
  window: null,
  diagnosis: null,
  marks: [],
  verdicts: [],
};

/** A recording as the table of hosts has it; without a track when nothing of it can be read. */
interface Host {
  readonly name: string;
  readonly recording: Recording;
  readonly track: Track | null;
}

/** What follows from which recordings have a session. */
interface Line {
  readonly sessions: readonly (Session | null)[];
  readonly hosts: readonly Host[];
  readonly tracks: readonly Track[];
  readonly moments: Moments;
  readonly mergedChanges: () => readonly HostChange[];
}

/** The time line of hosts that are watched as it happens: it goes on whether they say something or not. */
export interface LiveLine {
  /** Wall clock of time 0. */
  readonly fromMs: number;
  /** Wall clock now. */
  readonly now: () => number;
}

/** Puts recordings on one time line; they may grow. Without a live line, time 0 is when the first of them began. */
export function createFleet(recordings: readonly Recording[], live?: LiveLine): Fleet {
  const starts = recordings.flatMap(({ session }) => (session === null ? [] : [session.header.startedAtMs]));
  const startedAtMs = live?.fromMs ?? (starts.length === 0 ? 0 : Math.min(...starts));
  const verdictOf = createVerdictCache();
  let known = lineOf(recordings, startedAtMs);

  /** Recordings are connected to, and again: then they have another session. */
  function line(): Line {
    if (recordings.some(({ session }, place) => session !== known.sessions[place]))
      known = lineOf(recordings, startedAtMs);
    return known;
  }

  const tracksShown = (open: number | null): readonly Track[] => {
    const { hosts, tracks } = line();
    return open === null ? tracks : [hosts[open]?.track ?? null].filter((track) => track !== null);
  };

  const placeOf = ({ name, recording, track }: Host, atMs: ElapsedMs): HostPlace => ({
    name,
    file: recording.file,
    presence:
      track === null
        ? { kind: 'unreadable', why: recording.why ?? 'nothing could be read' }
        : presenceAt(track, atMs, startedAtMs),
  });

  function tableAt(atMs: ElapsedMs): Hosts {
    const { hosts, mergedChanges } = line();
    const changes = mergedChanges();
    const later = changes.findIndex(({ elapsedMs }) => elapsedMs > atMs);
    return {
      count: hosts.length,
      atMs: startedAtMs + atMs,
      open: null,
      rows: hosts.map((host) => ({
        ...placeOf(host, atMs),
        header: host.track === null ? null : headerOnLine(host.track),
        ...verdictOf(host.track, atMs),
      })),
      changes: later === -1 ? changes : changes.slice(0, later),
    };
  }

  function hostAt(host: Host | undefined, atMs: ElapsedMs): Moment & Pick<ScreenState, 'hosts'> {
    const track = host?.track ?? null;
    const moment = track === null ? NOTHING : track.session.at(frameBefore(track, atMs));
    // A single host that is connected to may be lost as well: where it stands is said as of several.
    if (host === undefined || (recordings.length === 1 && live === undefined)) return moment;
    const table = { count: recordings.length, atMs: startedAtMs + atMs, rows: [], changes: [] };
    return { ...moment, hosts: { ...table, open: placeOf(host, atMs) } };
  }

  const extent = (): { readonly fromMs: ElapsedMs; readonly toMs: ElapsedMs } => {
    const { moments } = line();
    const toMs = moments.last();
    return {
      fromMs: moments.first(),
      toMs: live === undefined ? toMs : Math.max(toMs, live.now() - startedAtMs),
    };
  };

  return {
    recordings,
    startedAtMs,
    get isEmpty() {
      return line().tracks.every(({ session }) => session.length === 0);
    },
    get fromMs() {
      return line().moments.first();
    },
    get toMs() {
      return extent().toMs;
    },
    snap: (atMs) => line().moments.snap(atMs),
    next: (atMs) => line().moments.next(atMs),
    step: (atMs, count) => line().moments.step(atMs, count),
    change: (atMs, direction, open) => findChange(tracksShown(open), extent(), atMs, direction),
    timeline: (atMs, open) => ({ ...extent(), atMs, tracks: tracksShown(open).map(timelineTrack) }),
    at: (atMs, open) =>
      open === null ? { ...NOTHING, hosts: tableAt(atMs) } : hostAt(line().hosts[open], atMs),
  };
}

function lineOf(recordings: readonly Recording[], startedAtMs: number): Line {
  const hosts = hostsOf(recordings, startedAtMs);
  const named = hosts.flatMap(({ name, track }) => (track === null ? [] : [{ name, track }]));
  const tracks = named.map(({ track }) => track);
  return {
    sessions: recordings.map(({ session }) => session),
    hosts,
    tracks,
    moments: createMoments(tracks),
    mergedChanges: createChangeMerger(named),
  };
}

function hostsOf(recordings: readonly Recording[], startedAtMs: number): readonly Host[] {
  const names = hostNames(
    recordings.map(({ session, file }) => ({ host: session?.header.host ?? null, file })),
  );
  return recordings.map((recording, place) => {
    const { session } = recording;
    if (session === null) return { name: names[place] ?? '?', recording, track: null };
    const beganAtMs = recording.beganAtMs ?? session.header.startedAtMs;
    const track = { recording, session, offsetMs: beganAtMs - startedAtMs };
    return { name: names[place] ?? '?', recording, track };
  });
}

/** With the time line's clock: that of a host that is watched as it happens may be another. */
function headerOnLine({ recording, session }: Track): StreamHeader {
  const { beganAtMs } = recording;
  return beganAtMs === undefined ? session.header : { ...session.header, startedAtMs: beganAtMs };
}

/** The verdict of a track at a moment; judged anew only when it has another frame there. */
function createVerdictCache(): (track: Track | null, atMs: ElapsedMs) => Verdict {
  const judged = new Map<Track, { readonly frameMs: ElapsedMs; readonly verdict: Verdict }>();
  return (track, atMs) => {
    if (track === null) return { window: null, diagnosis: null };
    const index = frameBefore(track, atMs);
    const frameMs = frameTime(track, index) ?? Number.NEGATIVE_INFINITY;
    const known = judged.get(track);
    if (known?.frameMs === frameMs) return known.verdict;
    const verdict = track.session.verdictAt(index);
    judged.set(track, { frameMs, verdict });
    return verdict;
  };
}

function timelineTrack({ session, offsetMs }: Track): TimelineTrack {
  return {
    offsetMs,
    fromMs: session.elapsedAt(0) ?? 0,
    toMs: session.elapsedAt(session.length - 1) ?? 0,
    changes: session.verdicts,
    gaps: session.gaps,
    marks: session.marks,
  };
}
