import { readFileSync } from 'node:fs';
import { hostname, release, totalmem } from 'node:os';
import { NODE_WIDE } from '../records/index.js';
import type {
  CoverageRecord,
  ElapsedMs,
  Netns,
  SourceName,
  StreamHeader,
  StreamRecord,
} from '../records/index.js';
import { createDetail } from './bpftrace/detail.js';
import type { Detail, DetailMode } from './bpftrace/detail.js';
import { startProbes } from './bpftrace/probe-source.js';
import type { ProbeCoverage, ProbeSource } from './bpftrace/probe-source.js';
import type { SystemRoots } from './bpftrace/system.js';
import { watchClocks } from './clock-watch.js';
import type { Clocks } from './clock-watch.js';
import { netnsOf } from './kernel/namespaces.js';
import { openKernelSource } from './kernel/kernel-source.js';
import { openOnDemandSource } from './on-demand/on-demand-source.js';
import { openListenerSource } from './listeners/listener-source.js';
import { openSettingsSource } from './settings/settings-source.js';

/** The second frame comes early, so that a person sees rates half a second after the start. */
const FIRST_RATE_MS = 400;

export type { DetailMode } from './bpftrace/detail.js';

/** Which sources to use: `auto` takes the probes where they can run, the counters always. */
export type SourceChoice = 'auto' | 'bpftrace' | 'counters';

export interface LiveOptions {
  readonly source: SourceChoice;
  readonly intervalMs: number;
  /** Version of ctdiag, for the header. */
  readonly version: string;
  readonly roots: SystemRoots;
  /** Where the files of the host are; default `/`. */
  readonly filesRoot?: string;
  readonly onRecord: (record: StreamRecord) => void;
  /** When to look at single flows; `auto` while new ones are refused. */
  readonly detail?: DetailMode;
  readonly startTimeoutMs?: number;
}

/** The host, being watched. */
export interface LiveStream {
  readonly header: StreamHeader;
  /** Resolves once the probes have attached or it is known that they will not. */
  readonly ready: Promise<Pick<ProbeCoverage, 'probes' | 'reason'>>;
  /** Ends the sources; their last figures come out before it resolves. */
  stop(reason: string): Promise<void>;
  /** Ends what was started at once, for an exit that cannot wait. */
  kill(): void;
}

/** Reads the counters at once and each interval, starts the probes beside them, and joins both into one stream. */
export function startLive(options: LiveOptions): LiveStream {
  const { roots, onRecord } = options;
  const netns = netnsOf(roots.proc, 'self');
  const kernel = openKernelSource(roots.proc, netns);
  const startedMs = performance.now();
  const clock = (): ElapsedMs => Math.round(performance.now() - startedMs);
  const clocks = (): Clocks => ({ elapsedMs: clock(), wallMs: Date.now(), bootMs: sinceBootMs(roots.proc) });
  const started = clocks();
  const clockWatch = watchClocks(started);
  const header: StreamHeader = {
    startedAtMs: started.wallMs,
    host: hostname(),
    kernel: release(),
    ctdiag: options.version,
    netns,
    memTotalBytes: totalmem(),
    bootId: bootIdOf(roots.proc),
    intervalMs: options.intervalMs,
  };

  /** What the probes say was refused for want of a conntrack entry, by namespace. */
  const refused = new Map<Netns, number>();
  function noteRefused(record: StreamRecord): void {
    if (record.type !== 'sample') return;
    refused.set(record.netns, record.values['probe.table_full'] ?? 0);
    // The probes see a new namespace with its first flow, long before the next search.
    kernel.noticed(record.netns);
  }

  const probes: ProbeSource | null =
    options.source === 'counters'
      ? null
      : startProbes({
          roots,
          netns,
          clock,
          emit: (record) => {
            noteRefused(record);
            seldom.note(record);
            onRecord(record);
          },
          ...(options.startTimeoutMs === undefined ? {} : { startTimeoutMs: options.startTimeoutMs }),
        });
  const detail: Detail = createDetail({
    mode: probes === null ? 'off' : (options.detail ?? 'auto'),
    system: () => probes?.system ?? null,
    path: roots.path,
    clock,
    emit: onRecord,
  });
  const seldom = openOnDemandSource({
    sysRoot: roots.sys,
    own: netns ?? 1,
    node: NODE_WIDE,
    others: () => kernel.namespaces,
  });
  const listeners = openListenerSource({
    procRoot: roots.proc,
    sysRoot: roots.sys,
    netns,
    probed: () => probes?.listeners ?? [],
    probesAttached: () => probes?.coverage.probes === 'attached',
    others: () => kernel.namespaces,
  });

  const settings = openSettingsSource(options.filesRoot ?? '/', roots.proc);

  let announceReady: (coverage: ProbeCoverage) => void = () => undefined;
  const ready = new Promise<ProbeCoverage>((resolve) => (announceReady = resolve));
  let overflows = 0;
  let timer: NodeJS.Timeout | null = null;

  function frame(): void {
    const elapsedMs = clock();
    for (const record of clockWatch.check(clocks())) onRecord(record);
    probes?.check();
    detail.check([...refused.values()].reduce((sum, value) => sum + value, 0));
    for (const sampled of kernel.sample(elapsedMs)) {
      const record = withSeldom(sampled);
      seldom.note(record);
      overflows = Math.max(overflows, overflowsIn(record));
      onRecord(record);
    }
    const probed = (probes?.listeners ?? []).reduce((sum, listener) => sum + listener.overflows, 0);
    listeners.refresh(elapsedMs, overflows + probed > lastOverflows);
    lastOverflows = overflows + probed;
    const ofListeners = listeners.records(elapsedMs);
    for (const record of ofListeners) onRecord(record);
    // Not before the first frame is out: a person waits for it.
    const set = framed ? settings.readIfDue(elapsedMs, pidsOf(ofListeners)) : null;
    if (set !== null) onRecord(set);
    if (framed) seldom.refresh(elapsedMs);
    framed = true;
    for (const record of seldom.records(elapsedMs)) onRecord(record);
    const coverage = coverageRecord(elapsedMs);
    onRecord(coverage);
    if (coverage.probes !== 'starting') announceReady(coverage);
    onRecord({ type: 'tick', elapsedMs });
  }
  let lastOverflows = 0;
  let framed = false;

  /** What costs a tool goes into the same sample as the rest of its namespace: its moment is that of the sample. */
  function withSeldom(record: StreamRecord): StreamRecord {
    return record.type === 'sample'
      ? { ...record, values: { ...record.values, ...seldom.figures(record.netns) } }
      : record;
  }

  function coverageRecord(elapsedMs: ElapsedMs): CoverageRecord {
    const unreadable = [...kernel.unreadable, ...seldom.unreadable];
    if (listeners.unreadable !== null)
      unreadable.push({ what: 'listening sockets', why: listeners.unreadable });
    if (clockWatch.difference !== null)
      unreadable.push({ what: 'the wall clock', why: clockWatch.difference });
    if (detail.unreadable !== null)
      unreadable.push({ what: 'who is refused (the detail program)', why: detail.unreadable });
    return {
      type: 'coverage',
      elapsedMs,
      ...(probes?.coverage ?? COUNTERS_ONLY),
      unreadable: unreadable.sort((a, b) => (a.what < b.what ? -1 : 1)),
    };
  }

  /** Aims at whole intervals since the start, so that a late frame does not shift those after it. */
  function schedule(): void {
    const elapsedMs = clock();
    const dueMs = (Math.floor(elapsedMs / options.intervalMs) + 1) * options.intervalMs;
    timer = setTimeout(() => {
      frame();
      schedule();
    }, dueMs - elapsedMs);
  }

  // The caller gets the header before the first record.
  timer = setTimeout(() => {
    frame();
    timer = setTimeout(
      () => {
        frame();
        schedule();
      },
      Math.min(FIRST_RATE_MS, options.intervalMs),
    );
  }, 0);

  return {
    header,
    ready,
    async stop(reason) {
      if (timer !== null) clearTimeout(timer);
      // The probes' last figures first, so that the final frame holds both.
      await Promise.all([probes?.stop(), detail.stop()]);
      await Promise.all([listeners.finish(), seldom.settled()]);
      frame();
      onRecord({ type: 'end', elapsedMs: clock(), reason });
      kernel.close();
    },
    kill() {
      if (timer !== null) clearTimeout(timer);
      probes?.kill();
      detail.kill();
    },
  };
}

function pidsOf(records: readonly StreamRecord[]): number[] {
  return records.flatMap((record) =>
    record.type === 'processes' ? record.processes.map(({ pid }) => pid) : [],
  );
}

function bootIdOf(procRoot: string): string | null {
  try {
    return readFileSync(`${procRoot}/sys/kernel/random/boot_id`, 'utf8').trim();
  } catch {
    return null;
  }
}

/** CLOCK_BOOTTIME, which goes on while the host sleeps. */
function sinceBootMs(procRoot: string): number | null {
  try {
    const seconds = Number.parseFloat(readFileSync(`${procRoot}/uptime`, 'utf8'));
    return Number.isFinite(seconds) ? seconds * 1000 : null;
  } catch {
    return null;
  }
}

const COUNTERS_ONLY: ProbeCoverage = {
  probes: 'off',
  reason: 'asked for by --source counters',
  bpftraceVersion: null,
  hooks: [],
  lostEvents: 0,
  badLines: 0,
};

function overflowsIn(record: StreamRecord): number {
  const kernelSource: SourceName = 'kernel';
  return record.type === 'sample' && record.source === kernelSource
    ? (record.values['TcpExt.ListenOverflows'] ?? 0)
    : 0;
}
