import { readFileSync } from 'node:fs';
import { hostname, release, totalmem } from 'node:os';
import type { CoverageRecord, ElapsedMs, StreamHeader, StreamRecord } from '../records/index.js';
import { createDetail } from './bpftrace/detail.js';
import type { DetailMode } from './bpftrace/detail.js';
import { startProbes } from './bpftrace/probe-source.js';
import type { ProbeCoverage } from './bpftrace/probe-source.js';
import type { SystemRoots } from './bpftrace/system.js';
import { openClockSource } from './clock-watch.js';
import type { Clocks } from './clock-watch.js';
import { createHostView } from './host-view.js';
import { netnsOf } from './kernel/namespaces.js';
import { openKernelSource } from './kernel/kernel-source.js';
import { pageBytes } from './kernel/page-size.js';
import { openListenerSource } from './listeners/listener-source.js';
import { openEntrySource } from './on-demand/entry-source.js';
import { openFilterSource } from './on-demand/filter-source.js';
import { openIpvsSource } from './on-demand/ipvs-source.js';
import { openLimitSource } from './on-demand/limit-source.js';
import { openOnDemandSource } from './on-demand/on-demand-source.js';
import { openQueueSource } from './on-demand/queue-source.js';
import { openUnreadSource } from './on-demand/unread-source.js';
import { openUnixSource } from './on-demand/unix-source.js';
import { openSettingsSource } from './settings/settings-source.js';
import type { Source } from './source.js';
import { openUnwatchedSource } from './unwatched/unwatched-source.js';

/** The second frame comes early, so rates are shown half a second after the start. */
const FIRST_RATE_MS = 400;
/** An ending waits no longer for the children of the sources; bpftrace has its own bound. */
const STOP_WAIT_MS = 1000;

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
  const { roots, intervalMs } = options;
  const netns = netnsOf(roots.proc, 'self');
  const startedMs = performance.now();
  const clock = (): ElapsedMs => Math.round(performance.now() - startedMs);
  const clocks = (): Clocks => ({ elapsedMs: clock(), wallMs: Date.now(), bootMs: sinceBootMs(roots.proc) });
  const header = headerOf(options, Date.now(), netns);
  const view = createHostView(netns ?? 1);
  const emit = (record: StreamRecord): void => {
    view.note(record);
    options.onRecord(record);
  };

  const probes = options.source === 'counters' ? null : startProbes({ ...options, netns, clock, emit });
  if (probes !== null) view.probes = probes;
  const detail = createDetail({
    mode: probes === null ? 'off' : (options.detail ?? 'auto'),
    view,
    roots,
    clock,
    emit,
  });
  const unwatched = openUnwatchedSource({ procRoot: roots.proc, sysRoot: roots.sys, view });
  const tracing: readonly Source[] = probes === null ? [detail] : [probes, detail];
  const reading: readonly Source[] = [
    openKernelSource({ procRoot: roots.proc, view, netns, intervalMs }),
    openListenerSource({ procRoot: roots.proc, sysRoot: roots.sys, view }),
    openSettingsSource(options.filesRoot ?? '/', roots.proc, view),
    openOnDemandSource({ sysRoot: roots.sys, view }),
    openUnixSource({ procRoot: roots.proc, view }),
    openIpvsSource({ procRoot: roots.proc, view }),
    openLimitSource({ view }),
    openFilterSource({ view }),
    openEntrySource({ view }),
    openUnreadSource({ view }),
    openQueueSource({ procRoot: roots.proc, view }),
    unwatched,
  ];
  const sources: readonly Source[] = [openClockSource(clocks), ...tracing, ...reading];

  let announceReady: (coverage: ProbeCoverage) => void = () => undefined;
  const ready = new Promise<ProbeCoverage>((resolve) => (announceReady = resolve));
  let timer: NodeJS.Timeout | null = null;

  function frame(): void {
    const elapsedMs = clock();
    for (const source of sources) for (const record of source.poll(elapsedMs)) emit(record);
    const coverage: CoverageRecord = {
      type: 'coverage',
      elapsedMs,
      ...(probes?.coverage ?? COUNTERS_ONLY),
      unreadable: sources.flatMap((source) => source.unreadable).sort((a, b) => (a.what < b.what ? -1 : 1)),
      unread: sources.flatMap((source) => source.unread ?? []),
      unwatched: unwatched.unwatched,
    };
    emit(coverage);
    if (coverage.probes !== 'starting') announceReady(coverage);
    emit({ type: 'tick', elapsedMs });
  }

  /** Frames are due at whole intervals since the start, so a late frame does not delay the next ones. */
  function schedule(): void {
    const elapsedMs = clock();
    const dueMs = (Math.floor(elapsedMs / intervalMs) + 1) * intervalMs;
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
      Math.min(FIRST_RATE_MS, intervalMs),
    );
  }, 0);

  return {
    header,
    ready,
    async stop(reason) {
      if (timer !== null) clearTimeout(timer);
      // The probes' last figures first, so that the final frame holds both, and who overflowed last is looked for.
      await Promise.all(tracing.map((source) => source.stop()));
      await withinTime(Promise.all(reading.map((source) => source.stop())));
      frame();
      emit({ type: 'end', elapsedMs: clock(), reason });
      for (const source of sources) source.kill();
    },
    kill() {
      if (timer !== null) clearTimeout(timer);
      for (const source of sources) source.kill();
    },
  };
}

/** Resolves with the work, or when it has taken too long. */
async function withinTime(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise((resolve) => (timer = setTimeout(resolve, STOP_WAIT_MS)));
  await Promise.race([work, tooLong]);
  clearTimeout(timer);
}

function headerOf(options: LiveOptions, startedAtMs: number, netns: number | null): StreamHeader {
  return {
    startedAtMs,
    host: hostname(),
    kernel: release(),
    ctdiag: options.version,
    netns,
    memTotalBytes: totalmem(),
    pageBytes: pageBytes(options.roots.proc),
    bootId: bootIdOf(options.roots.proc),
    intervalMs: options.intervalMs,
  };
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
  reason: 'requested with --source counters',
  bpftraceVersion: null,
  hooks: [],
  lostEvents: 0,
  badLines: 0,
};
