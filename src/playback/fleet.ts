import type { HostChange, HostPlace, HostRow, Presence, ScreenState, Timeline } from './screen-state.js';
import type { ElapsedMs } from '../records/index.js';
import { hostNames } from './host-names.js';
import type { Moment, Session } from './session.js';

/** A host that says nothing for longer, though its recording goes on, is silent. */
const SILENT_MS = 3000;

/** One recording of those that are shown together. */
export interface Recording {
  readonly file: string;
  /** `null` when nothing of it can be read. */
  readonly session: Session | null;
  /** Why there is no session, a sentence. */
  readonly why: string | null;
  /** Whether all of it is there: `reading` and `growing` have more to come, the latter as it happens. */
  readonly state: 'reading' | 'growing' | 'whole';
}

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

const NOTHING: Moment = {
  header: null,
  frames: [],
  window: null,
  diagnosis: null,
  marks: [],
  verdicts: [],
};

/** A member with its place on the line. */
interface Track {
  readonly member: Recording;
  readonly session: Session;
  readonly offsetMs: number;
}

/** Puts recordings on one time line; they may grow. */
export function createFleet(recordings: readonly Recording[]): Fleet {
  const starts = recordings.flatMap(({ session }) => (session === null ? [] : [session.header.startedAtMs]));
  const startedAtMs = starts.length === 0 ? 0 : Math.min(...starts);
  const places = recordings.map((member): Track | null => {
    const { session } = member;
    return session === null ? null : { member, session, offsetMs: session.header.startedAtMs - startedAtMs };
  });
  const lines = places.filter((place) => place !== null);
  const names = hostNames(
    recordings.map(({ session, file }) => ({ host: session?.header.host ?? null, file })),
  );
  /** Frames of several hosts that fall into one such stretch are one moment; of one host each is its own. */
  const grainMs =
    lines.length > 1 ? Math.min(...lines.map(({ session }) => session.header.intervalMs)) : null;
  const judged = new Map<Track, { readonly atMs: ElapsedMs; readonly row: Judged }>();
  let merged: { readonly known: string; readonly changes: readonly HostChange[] } = {
    known: '',
    changes: [],
  };

  /** When its frame at `index` ended, on the line. */
  const timeOf = ({ session, offsetMs }: Track, index: number): ElapsedMs | null => {
    const elapsedMs = session.elapsedAt(index);
    return elapsedMs === undefined ? null : offsetMs + elapsedMs;
  };
  /** Its last frame not after `atMs`; -1 before the first. */
  const indexOf = (line: Track, atMs: ElapsedMs): number => {
    const index = line.session.indexOf(atMs - line.offsetMs);
    // What was added and is taken off again may be a hair less.
    const next = timeOf(line, index + 1);
    return next !== null && next <= atMs ? index + 1 : index;
  };
  const firstOf = (line: Track): ElapsedMs | null => timeOf(line, 0);
  const lastOf = (line: Track): ElapsedMs | null => timeOf(line, line.session.length - 1);
  const least = (times: readonly (number | null)[]): number | null =>
    times.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
  const most = (times: readonly (number | null)[]): number | null =>
    times.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);

  const fromMs = (): ElapsedMs => least(lines.map(firstOf)) ?? 0;
  const toMs = (): ElapsedMs => {
    const reading = lines.filter(({ member }) => member.state === 'reading');
    // Beyond what is read of one that is still being read, nothing is known of it.
    return (reading.length > 0 ? least(reading.map(lastOf)) : most(lines.map(lastOf))) ?? 0;
  };
  const notAfter = (atMs: ElapsedMs): ElapsedMs | null =>
    most(lines.map((line) => timeOf(line, indexOf(line, atMs))));
  const before = (atMs: ElapsedMs): ElapsedMs | null =>
    most(
      lines.map((line) => {
        const index = indexOf(line, atMs);
        return timeOf(line, timeOf(line, index) === atMs ? index - 1 : index);
      }),
    );

  function next(atMs: ElapsedMs): ElapsedMs | null {
    const later = lines.map((line) => timeOf(line, indexOf(line, atMs) + 1));
    const first = least(later.filter((item) => item !== null && item > atMs));
    if (first === null || first > toMs()) return null;
    if (grainMs === null) return first;
    const last = before((Math.floor(first / grainMs) + 1) * grainMs) ?? first;
    return Math.min(last, toMs());
  }

  function previous(atMs: ElapsedMs): ElapsedMs | null {
    return before(grainMs === null ? atMs : Math.floor(atMs / grainMs) * grainMs);
  }

  function changes(): readonly HostChange[] {
    const known = lines
      .map(({ session: { verdicts } }) => `${verdicts.length} ${verdicts.at(-1)?.elapsedMs ?? ''}`)
      .join();
    if (known === merged.known) return merged.changes;
    const all = places.flatMap((line, place) =>
      (line?.session.verdicts ?? []).map((verdict) => ({
        ...verdict,
        host: names[place] ?? '?',
        elapsedMs: verdict.elapsedMs + (line?.offsetMs ?? 0),
      })),
    );
    merged = { known, changes: all.sort((a, b) => a.elapsedMs - b.elapsedMs) };
    return merged.changes;
  }

  function presence(place: number, atMs: ElapsedMs): Presence {
    const line = places[place] ?? null;
    if (line === null) return { kind: 'unreadable', why: recordings[place]?.why ?? 'nothing could be read' };
    const index = indexOf(line, atMs);
    const first = firstOf(line);
    if (first === null || index < 0) return { kind: 'not-begun', atMs: startedAtMs + (first ?? 0) };
    const frameMs = timeOf(line, index) ?? 0;
    const isLast = index === line.session.length - 1;
    if (isLast && line.member.state === 'whole' && frameMs < atMs)
      return { kind: 'ended', atMs: startedAtMs + frameMs };
    return atMs - frameMs > Math.max(SILENT_MS, 3 * line.session.header.intervalMs)
      ? { kind: 'silent', atMs: startedAtMs + frameMs }
      : { kind: 'recorded' };
  }

  const placeOf = (place: number, atMs: ElapsedMs): HostPlace => ({
    name: names[place] ?? '?',
    file: recordings[place]?.file ?? '?',
    presence: presence(place, atMs),
  });

  /** Its verdict; judged anew only when it has another frame. */
  function judge(line: Track, atMs: ElapsedMs): Judged {
    const index = indexOf(line, atMs);
    const frameMs = timeOf(line, index) ?? Number.NEGATIVE_INFINITY;
    const known = judged.get(line);
    if (known?.atMs === frameMs) return known.row;
    const row = line.session.verdictAt(index);
    judged.set(line, { atMs: frameMs, row });
    return row;
  }

  function row(place: number, atMs: ElapsedMs): HostRow {
    const line = places[place] ?? null;
    const verdict = line === null ? { window: null, diagnosis: null } : judge(line, atMs);
    return { ...placeOf(place, atMs), header: line?.session.header ?? null, ...verdict };
  }

  return {
    recordings,
    startedAtMs,
    get isEmpty() {
      return lines.every(({ session }) => session.length === 0);
    },
    get fromMs() {
      return fromMs();
    },
    get toMs() {
      return toMs();
    },
    snap: (atMs) => notAfter(Math.min(atMs, toMs())) ?? fromMs(),
    next,
    step(atMs, moments) {
      let at = atMs;
      for (let left = Math.abs(moments); left > 0; left -= 1) {
        const found = moments > 0 ? next(at) : previous(at);
        if (found === null) break;
        at = found;
      }
      return at;
    },
    change(atMs, direction, open) {
      const line = open === null ? null : (places[open] ?? null);
      // The first verdict of all changes nothing, unless a trouble was there already.
      const start = fromMs();
      const found = (line === null ? lines : [line])
        .flatMap(({ session, offsetMs }) =>
          session.verdicts.map(({ elapsedMs, status }) => ({ atMs: offsetMs + elapsedMs, status })),
        )
        .filter((item) => item.atMs > start || item.status === 'critical' || item.status === 'warning')
        .map((item) => item.atMs)
        .sort((a, b) => a - b);
      const end = toMs();
      return (
        (direction === 1
          ? found.find((value) => value > atMs && value <= end)
          : found.findLast((value) => value < atMs)) ?? null
      );
    },
    timeline: (atMs, open) => ({
      fromMs: fromMs(),
      toMs: toMs(),
      atMs,
      tracks: (open === null ? lines : [places[open] ?? null].filter((line) => line !== null)).map(
        ({ session, offsetMs }) => ({
          offsetMs,
          fromMs: session.elapsedAt(0) ?? 0,
          toMs: session.elapsedAt(session.length - 1) ?? 0,
          changes: session.verdicts,
          gaps: session.gaps,
          marks: session.marks,
        }),
      ),
    }),
    at(atMs, open) {
      if (open !== null) {
        const line = places[open] ?? null;
        const moment = line === null ? NOTHING : line.session.at(indexOf(line, atMs));
        if (recordings.length === 1) return moment;
        const common = { count: recordings.length, atMs: startedAtMs + atMs, rows: [], changes: [] };
        return { ...moment, hosts: { ...common, open: placeOf(open, atMs) } };
      }
      const all = changes();
      const later = all.findIndex((hostChange) => hostChange.elapsedMs > atMs);
      return {
        ...NOTHING,
        hosts: {
          count: recordings.length,
          atMs: startedAtMs + atMs,
          open: null,
          rows: recordings.map((_, place) => row(place, atMs)),
          changes: later === -1 ? all : all.slice(0, later),
        },
      };
    },
  };
}

type Judged = Pick<HostRow, 'window' | 'diagnosis'>;
