import type { ElapsedMs, MetricName, Netns, StreamRecord, UnreadGroup } from '../../records/index.js';
import { metricKind } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import { unreadGroups } from '../source.js';
import type { Unread } from '../source.js';
import { findNamespaces, isInNetns } from './namespaces.js';
import type { OtherNetns } from './namespaces.js';
import type { LoadedModules } from './netns-files.js';
import { NODE_GAUGES, parseNetnsFiles, readNetnsFiles } from './netns-files.js';
import type { Figures } from './parse.js';
import { createProcesslessReader } from './processless.js';

/** Namespaces are looked for this often: it costs a readlink a process. */
const FIND_MS = 10_000;
/** Containers are asked for their names this often: that is some files each, and a runtime may name one late. */
const NAME_MS = 60_000;
/** Every namespace is read at least this often. */
const QUIET_READ_MS = 9_000;
/** A namespace in which something moved is read at every poll for so long. */
const BUSY_MS = 10_000;
/**
 * Reading the busy ones may take this share of the time between two polls, beyond those whose turn it is; those left
 * over come first at the next.
 */
const MAX_SHARE = 0.05;
/** Figures that did not change are reported again after so long: hundreds of idle namespaces cost nearly nothing. */
const REPORT_MS = 1_200_000;
/** Namespaces that probes name and no search finds: those that are forgotten cost a search each. */
const MAX_SEARCHED = 4096;

/** Moves only when connections come, fail or are refused. */
const ACTIVITY: readonly MetricName[] = [
  'TcpExt.ListenOverflows',
  'TcpExt.ListenDrops',
  'Tcp.PassiveOpens',
  'Tcp.ActiveOpens',
  'Tcp.AttemptFails',
  'Tcp.RetransSegs',
  'nf_conntrack.drop',
  'nf_conntrack.early_drop',
  'nf_conntrack.insert_failed',
  'net.netfilter.nf_conntrack_count',
];

interface Place {
  place: OtherNetns;
  readMs: ElapsedMs | null;
  busyUntilMs: ElapsedMs;
  figures: Figures;
  /** Of the last read of its files; `null` where some could not be read. */
  fingerprint: string | null;
  /** The read before had the same: whatever moved them has been counted everywhere since. */
  isStill: boolean;
  /** When a sample was emitted last, and whether it said that something changed. */
  reportedMs: ElapsedMs | null;
  changedAtReport: boolean;
  label: string | null;
}

/** The counters of the namespaces that are not ours: the busy ones at every poll, the quiet ones in turn. */
export interface OtherNamespaces {
  sample(elapsedMs: ElapsedMs, loaded: LoadedModules): StreamRecord[];
  readonly unreadable: readonly Unread[];
  readonly unread: readonly UnreadGroup[];
  kill(): void;
}

/** Looks for namespaces at the first sample. */
// eslint-disable-next-line max-lines-per-function -- one closure over the namespaces that are held open
export function createOtherNamespaces(options: {
  readonly procRoot: string;
  readonly netns: Netns | null;
  readonly view: HostView;
  readonly intervalMs: number;
}): OtherNamespaces {
  const { procRoot, netns: own, view } = options;
  const places = new Map<Netns, Place>();
  const processless = createProcesslessReader();
  const searched = new Set<Netns>();
  let foundMs: ElapsedMs | null = null;
  let namedMs: ElapsedMs | null = null;
  let gaps = 0;
  let hiddenProcesses = 0;
  let unreadable: Unread[] = [];
  /** Of namespaces whose files could not be read. */
  let unreadLabels = new Set<string>();

  function find(elapsedMs: ElapsedMs): StreamRecord[] {
    foundMs = elapsedMs;
    const isNamed = namedMs !== null && elapsedMs - namedMs < NAME_MS;
    if (!isNamed) namedMs = elapsedMs;
    const found = findNamespaces(procRoot, own, undefined, isNamed ? view.namespaces : []);
    hiddenProcesses = found.unreadableProcesses;
    view.namespaces = found.namespaces;
    const present = new Set(found.namespaces.map(({ netns }) => netns));
    for (const place of found.namespaces) {
      const known = places.get(place.netns);
      if (known === undefined) places.set(place.netns, newPlace(place));
      else known.place = place;
    }
    const gone = [...places].filter(([netns]) => !present.has(netns));
    for (const [netns] of gone) places.delete(netns);
    return gone.flatMap(([netns, { figures }]) => lastSample(elapsedMs, netns, figures));
  }

  /** Probes see a namespace with its first flow, long before the next search. */
  function notePointed(elapsedMs: ElapsedMs): void {
    for (const netns of view.takeProbedNamespaces()) {
      const place = places.get(netns);
      if (place !== undefined) place.busyUntilMs = elapsedMs + BUSY_MS;
      else if (netns !== view.own && netns !== 0 && !searched.has(netns)) {
        if (searched.size >= MAX_SEARCHED) searched.clear();
        searched.add(netns);
        foundMs = null;
      }
    }
  }

  /** Reads a namespace; `false` when it is not there any more. */
  function readPlace(place: Place, elapsedMs: ElapsedMs, loaded: LoadedModules): boolean {
    const { netns, pid } = place.place;
    if (pid === null) {
      const lines = processless.take(place.place);
      if (lines !== null) takeFigures(place, parseNetnsFiles(lines), elapsedMs);
      return true;
    }
    // Figures of other sources go into the same sample, and may have moved by themselves.
    const known = view.extraFigures.has(netns) || !place.isStill ? null : place.fingerprint;
    const read = readNetnsFiles(procRoot, pid, loaded, known);
    // The process is gone, or its pid was given away: what was read may be another namespace's.
    if (!isInNetns(procRoot, pid, netns)) return false;
    if (read === null) {
      place.readMs = elapsedMs;
      return true;
    }
    const { figures, failures, fingerprint } = read;
    place.isStill = failures.length === 0 && fingerprint === place.fingerprint;
    place.fingerprint = failures.length === 0 ? fingerprint : null;
    if (failures.length > 0) unreadLabels.add(place.place.label);
    unreadable.push(...failures);
    takeFigures(place, figures, elapsedMs);
    return true;
  }

  function takeFigures(place: Place, figures: Figures, elapsedMs: ElapsedMs): void {
    for (const metric of NODE_GAUGES) Reflect.deleteProperty(figures, metric);
    Object.assign(figures, view.extraFigures.get(place.place.netns));
    const moved = ACTIVITY.some((metric) => figures[metric] !== place.figures[metric]);
    if (place.readMs !== null && moved) place.busyUntilMs = elapsedMs + BUSY_MS;
    place.readMs = elapsedMs;
    place.figures = figures;
  }

  /** What is due now, the longest unread first of each: pointed at or busy; and the quiet whose turn it is. */
  function due(elapsedMs: ElapsedMs): { readonly busy: Place[]; readonly quiet: Place[] } {
    const busy: Place[] = [];
    const others: Place[] = [];
    for (const place of places.values()) (place.busyUntilMs > elapsedMs ? busy : others).push(place);
    // At the start all are new.
    const turn = turnOf(others);
    const quiet = others.filter(
      ({ readMs }, index) => readMs === null || index < turn || elapsedMs - readMs >= QUIET_READ_MS,
    );
    return { busy, quiet };
  }

  /** How many are read at each poll, so that all are within the time that they have. */
  function turnOf(some: readonly Place[]): number {
    return Math.ceil((some.length * options.intervalMs) / QUIET_READ_MS);
  }

  /** The map is in the order of the last reads. */
  function moveToEnd(place: Place): void {
    const { netns } = place.place;
    if (places.delete(netns)) places.set(netns, place);
  }

  function report(
    place: Place,
    elapsedMs: ElapsedMs,
    before: Figures,
    beforeMs: ElapsedMs | null,
  ): StreamRecord[] {
    const { netns, label } = place.place;
    const records: StreamRecord[] = [];
    if (place.label !== label) records.push({ type: 'netns', elapsedMs, netns, label });
    place.label = label;
    if (Object.keys(place.figures).length === 0) return records;
    const isFirst = place.reportedMs === null;
    const changed = !isFirst && differs(place.figures, before);
    // After a change one more sample says that it is over: without it the last rate would stand.
    const isSkipped = place.reportedMs !== null && place.reportedMs !== beforeMs;
    const isNews = isFirst || changed || place.changedAtReport;
    if (!isNews && elapsedMs - (place.reportedMs ?? 0) < REPORT_MS) return records;
    place.reportedMs = elapsedMs;
    place.changedAtReport = changed;
    const sample = {
      type: 'sample',
      source: 'kernel',
      netns,
      holdsMs: REPORT_MS + 2 * QUIET_READ_MS,
    } as const;
    // The change came since the last reading, not since the last report: without it the rate would be too low.
    if (changed && isSkipped && beforeMs !== null)
      records.push({ ...sample, elapsedMs: beforeMs, values: before });
    records.push({ ...sample, elapsedMs, values: { ...place.figures } });
    return records;
  }

  return {
    get unreadable() {
      return unreadable;
    },
    get unread() {
      const why = unreadable[0]?.why ?? 'unknown';
      return [
        ...unreadGroups('namespaces', [...unreadLabels], why),
        ...processless.unread,
        ...(hiddenProcesses === 0
          ? []
          : [
              {
                kind: 'processes',
                count: hiddenProcesses,
                names: [],
                why: 'only root can read their network namespace',
              } as const,
            ]),
      ];
    },
    sample(elapsedMs, loaded) {
      unreadable = [];
      unreadLabels = new Set();
      notePointed(elapsedMs);
      if (view.kernelGaps !== gaps) for (const place of places.values()) place.reportedMs = null;
      gaps = view.kernelGaps;
      const records = foundMs === null || elapsedMs - foundMs >= FIND_MS ? find(elapsedMs) : [];
      const { busy, quiet } = due(elapsedMs);
      const deadlineMs = performance.now() + Math.max(5, options.intervalMs * MAX_SHARE);
      const chosen = [...quiet, ...busy];
      const least = quiet.length + turnOf(busy);
      for (const [index, place] of chosen.entries()) {
        if (index >= least && performance.now() > deadlineMs) break;
        const { figures, readMs } = place;
        moveToEnd(place);
        if (readPlace(place, elapsedMs, loaded)) records.push(...report(place, elapsedMs, figures, readMs));
        else foundMs = null;
      }
      processless.start(view.namespaces.filter(({ pid }) => pid === null));
      unreadable.push(...processless.unreadable);
      return records;
    },
    kill() {
      processless.kill();
    },
  };
}

function differs(figures: Figures, before: Figures): boolean {
  return (
    figures !== before &&
    (Object.keys(figures) as MetricName[]).some((name) => figures[name] !== before[name])
  );
}

function newPlace(place: OtherNetns): Place {
  return {
    place,
    readMs: null,
    busyUntilMs: 0,
    figures: {},
    fingerprint: null,
    isStill: false,
    reportedMs: null,
    changedAtReport: false,
    label: null,
  };
}

/** A namespace that is gone has no levels any more; without this the last ones would stand for a minute. */
function lastSample(elapsedMs: ElapsedMs, netns: Netns, figures: Figures): StreamRecord[] {
  const gauges = (Object.keys(figures) as MetricName[]).filter((name) => metricKind(name) === 'gauge');
  if (gauges.length === 0) return [];
  const values = Object.fromEntries(gauges.map((name) => [name, null]));
  return [{ type: 'sample', elapsedMs, source: 'kernel', netns, values }];
}
