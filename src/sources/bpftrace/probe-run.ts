import type { ElapsedMs } from '../../records/index.js';
import type { Program } from './compose.js';
import { runBpftrace } from './process.js';
import type { BpftraceExit } from './process.js';
import { parseVersion } from './system.js';
import type { ProbeSystem } from './system.js';
import { createTotalsReader } from './totals.js';
import type { ProbeSample } from './totals.js';

/**
 * A bpftrace that was starved of CPU prints its queued ticks in one burst, each with the figures of that moment.
 * The first of them says it all; rates over the milliseconds between them would be noise.
 */
const SHORTEST_SAMPLE_MS = 500;
const STOP_GRACE_MS = 1000;

/** One run of bpftrace with the totals, from its start to its end. */
export interface ProbeRun {
  /** Resolves when it has gone and its last figures were emitted; whether it had attached. */
  readonly ended: Promise<{ readonly exit: BpftraceExit; readonly attached: boolean }>;
  readonly lostEvents: number;
  readonly badLines: number;
  /** Asks for the last figures, and ends it when they do not come. */
  stop(): Promise<void>;
  kill(): void;
}

/** Starts bpftrace. `onSample` gets every print of its maps, with the moment of the attaching at the first. */
export function startRun(options: {
  readonly system: ProbeSystem;
  readonly program: Program;
  readonly setprivPath: string | null;
  readonly clock: () => ElapsedMs;
  readonly startTimeoutMs: number;
  readonly onStartTimeout: () => void;
  readonly onSample: (sample: ProbeSample, attachedAtMs: ElapsedMs | null) => void;
}): ProbeRun {
  const { system, program, clock } = options;
  const version = parseVersion(system.bpftraceVersion);
  if (system.bpftracePath === null || version === null) throw new Error('run without bpftrace');
  const totals = createTotalsReader(program.hooks);
  let lastMs: ElapsedMs | null = null;
  /** The newest figures, if they came too soon after the ones before: the last of all are emitted nevertheless. */
  let skipped: ProbeSample | null = null;

  function take(sample: ProbeSample, isLast: boolean): void {
    const now = clock();
    if (!isLast && lastMs !== null && now - lastMs < SHORTEST_SAMPLE_MS) {
      skipped = sample;
      return;
    }
    skipped = null;
    const first = lastMs === null;
    lastMs = now;
    // The probes count from their attaching, a second before the first tick.
    options.onSample(sample, first ? Math.max(0, now - 1000) : null);
  }

  const child = runBpftrace({
    bpftracePath: system.bpftracePath,
    setprivPath: options.setprivPath,
    version,
    program: program.text,
    maxMapKeys: null,
    onRecord: (record) => {
      const sample = totals.take(record);
      if (sample !== null) take(sample, false);
    },
  });
  const startTimer = setTimeout(() => {
    if (lastMs !== null) return;
    options.onStartTimeout();
    child.kill();
  }, options.startTimeoutMs);
  const ended = child.exited.then((exit) => {
    clearTimeout(startTimer);
    const last = totals.finish() ?? skipped;
    if (last !== null) take(last, true);
    return { exit, attached: lastMs !== null };
  });

  return {
    ended,
    get lostEvents() {
      return totals.lostEvents;
    },
    get badLines() {
      return child.badLines;
    },
    async stop() {
      await child.stop(STOP_GRACE_MS);
    },
    kill() {
      child.kill();
    },
  };
}

/** How one is started; loaded when bpftrace is started. */
export type StartRun = typeof startRun;
