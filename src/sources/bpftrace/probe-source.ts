import type { ElapsedMs, Netns, StreamRecord } from '../../records/index.js';
import { findProgram } from '../../shell/programs.js';
import type { Source } from '../source.js';
import { createToolRunner } from '../tools/run-tool.js';
import { compose, lookupsOfVariants } from './compose.js';
import type { Program, RefusedVariant } from './compose.js';
import { watchForModule } from './module-watch.js';
import { obstacleTo } from './obstacle.js';
import type { ProbeRun, StartRun } from './probe-run.js';
import { recordsOfSample } from './probe-samples.js';
import { attachedZeros, createProbeStatus, setAttached } from './probe-status.js';
import type { ProbeCoverage, ProbeStatus } from './probe-status.js';
import { describeExit, refusedVariant } from './refusal.js';
import type { BpftraceExit } from './process.js';
import { createRunSums } from './run-sums.js';
import { watchSilence } from './silence.js';
import { inspectSystem } from './system.js';
import type { ProbeSystem, SystemRoots } from './system.js';
import type { ListenerTotals } from './totals.js';

/** bpftrace that has not attached by then is not going to: seconds as a rule; on a starved host over two minutes were seen. */
const START_TIMEOUT_MS = 300_000;
/** After a run that attached, and between the first attempts. */
const BACK_OFF_MS = 1000;
/** Failed attempts after which retries become rare: compiling costs a sick host seconds of CPU. */
const QUICK_RETRIES = 3;
const SLOW_RETRY_MS = 60_000;
const LONGEST_BACK_OFF_MS = 600_000;

export type { ProbeCoverage } from './probe-status.js';

export interface ProbeSourceOptions {
  readonly roots: SystemRoots;
  /** Our own namespace: its counters are 0, not unknown, while nothing happens. */
  readonly netns: Netns | null;
  readonly clock: () => ElapsedMs;
  readonly emit: (record: StreamRecord) => void;
  readonly startTimeoutMs?: number;
  readonly versionTimeoutMs?: number;
}

/** bpftrace, started, watched and restarted. Its records come through `emit`, when bpftrace prints; polling watches for silence. */
export interface ProbeSource extends Source {
  readonly coverage: ProbeCoverage;
  readonly isAttached: boolean;
  /** What is known of the machine; `null` until the probes have attached. */
  readonly system: ProbeSystem | null;
  /** What the probes know of listeners, cumulative. */
  readonly listeners: readonly ListenerTotals[];
}

/** Starts the probes in the background. Never throws: what goes wrong is named in the coverage. */
export function startProbes(options: ProbeSourceOptions): ProbeSource {
  const { emit, clock } = options;
  const status = createProbeStatus();
  const sums = createRunSums();
  const silence = watchSilence();
  const runner = superviseRuns({ ...options, status, sums, silence });

  return {
    get coverage() {
      const { current } = runner;
      return {
        probes: status.state,
        reason: status.reason,
        bpftraceVersion: status.version,
        hooks: status.hooks,
        lostEvents: status.lostEvents + (current?.lostEvents ?? 0),
        badLines: status.badLines + (current?.badLines ?? 0),
      };
    },
    get isAttached() {
      return status.state === 'attached';
    },
    get system() {
      return status.attachedOn;
    },
    get listeners() {
      return sums.listeners();
    },
    // The coverage says it hook by hook.
    unreadable: [],
    poll() {
      const { lastHeardMs } = silence;
      const heard = silence.check(clock());
      if (heard === 'fine' || lastHeardMs === null) return [];
      status.state = 'failed';
      if (heard === 'silent') {
        status.reason = 'bpftrace is silent (stopped, or short of CPU)';
        emit({
          type: 'gap',
          elapsedMs: clock(),
          source: 'bpftrace',
          fromMs: lastHeardMs,
          reason: status.reason,
        });
      } else {
        status.reason = 'bpftrace was silent for too long and was ended';
        runner.current?.kill();
      }
      return [];
    },
    stop: () => runner.stop(),
    kill: () => runner.kill(),
  };
}

interface Supervision extends ProbeSourceOptions {
  readonly status: ProbeStatus;
  readonly sums: ReturnType<typeof createRunSums>;
  readonly silence: ReturnType<typeof watchSilence>;
}

/** What to do after an attempt: retry at once, retry after a pause, or give up. */
type Next = 'again' | 'end' | { readonly pauseMs: number };

/** Runs bpftrace again and again, until it is stopped or cannot run here. */
// eslint-disable-next-line max-lines-per-function -- one closure over the run that is current
function superviseRuns({ status, sums, silence, ...options }: Supervision): {
  readonly current: ProbeRun | null;
  stop(): Promise<void>;
  kill(): void;
} {
  const { emit, clock, roots } = options;
  const startTimeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
  const refused = new Map<RefusedVariant, string>();
  let setprivPath = findProgram('setpriv', roots).file;
  const tools = createToolRunner();
  let failedAttempts = 0;
  let current: ProbeRun | null = null;
  let stopping = false;
  let wake: () => void = () => undefined;

  // Asked through a function because it changes while we wait.
  const stopped = (): boolean => stopping;

  function emitGap(fromMs: ElapsedMs, reason: string): void {
    emit({ type: 'gap', elapsedMs: clock(), source: 'bpftrace', fromMs, reason });
  }

  /** One run of bpftrace, from its start to its end: how it ended, and when it last said something, if ever. */
  async function run(startRun: StartRun, system: ProbeSystem, program: Program) {
    current = startRun({
      system,
      program,
      setprivPath,
      clock,
      startTimeoutMs,
      onStartTimeout: () => {
        status.reason = `bpftrace did not attach within ${Math.round(startTimeoutMs / 1000)} s`;
      },
      onSample: (sample, attachedAtMs) => {
        silence.heard(clock());
        if (status.state !== 'attached') setAttached(status, system, program);
        const own = { netns: options.netns, zeros: attachedZeros(status) };
        for (const record of recordsOfSample(sample, sums, { nowMs: clock(), attachedAtMs }, own))
          emit(record);
        sums.listenersNow(sample.listeners);
      },
    });
    const { exit, attached } = await current.ended;
    status.badLines += current.badLines;
    status.lostEvents += current.lostEvents;
    current = null;
    const { lastHeardMs } = silence;
    silence.reset();
    sums.runEnded();
    return { exit, lastHeardMs: attached ? lastHeardMs : null };
  }

  /** Why bpftrace cannot run here. A host that is only short of CPU may recover. */
  function nextAfterObstacle(system: ProbeSystem): Next | null {
    const obstacle = obstacleTo(system);
    if (obstacle === null) return null;
    status.hooks = status.hooks.map((hook) => ({ ...hook, state: 'missing', reason: obstacle.what }));
    status.reason = `${obstacle.what}; ${obstacle.remedy}`;
    status.state = obstacle.code === 'bpftrace-slow' ? 'failed' : 'off';
    if (status.state === 'off') return 'end';
    failedAttempts += 1;
    return { pauseMs: backOffMs(failedAttempts) };
  }

  async function attempt(): Promise<Next> {
    const system = await inspectSystem(roots, lookupsOfVariants(), options.versionTimeoutMs, tools);
    if (stopped()) return 'end';
    status.version = system.bpftraceVersion;
    const blocked = nextAfterObstacle(system);
    if (blocked !== null) return blocked;
    const program = compose(system, refused);
    status.hooks = program.coverage;
    if (program.hooks.length === 0) {
      status.state = 'failed';
      status.reason = 'no probe fits this kernel; see ctdiag doctor';
      return 'end';
    }
    // Loaded late: the parser is not needed without bpftrace.
    const { startRun } = await import('./probe-run.js');
    if (stopped()) return 'end';
    const watch = watchForModule(program, system, roots, () => void current?.stop());
    const { exit, lastHeardMs } = await run(startRun, system, program);
    watch.stop();
    if (stopped()) return 'end';
    if (watch.found) {
      emitGap(clock(), 'restarted with the probes of a newly loaded module');
      status.state = 'starting';
      return 'again';
    }
    return nextAfterRun(exit, program, lastHeardMs);
  }

  function nextAfterRun(exit: BpftraceExit, program: Program, lastHeardMs: ElapsedMs | null): Next {
    if (lastHeardMs === null) {
      if (setprivPath !== null && exit.complaint.startsWith('setpriv:')) {
        setprivPath = null;
        return 'again';
      }
      const refusal = refusedVariant(exit.complaint, program, refused);
      if (refusal !== null) {
        refused.set(refusal.variant, refusal.why);
        return 'again';
      }
    }
    const what = `bpftrace ${describeExit(exit)}`;
    if (lastHeardMs !== null) emitGap(lastHeardMs, what);
    failedAttempts = lastHeardMs === null ? failedAttempts + 1 : 0;
    const pauseMs = backOffMs(failedAttempts);
    status.state = 'failed';
    status.reason = `${status.reason ?? what}; started again in ${Math.round(pauseMs / 1000)} s`;
    return { pauseMs };
  }

  async function keepRunning(): Promise<void> {
    for (;;) {
      const next = await attempt();
      if (next === 'end' || stopped()) return;
      if (next === 'again') continue;
      await pause(next.pauseMs);
      if (stopped()) return;
      // After many failures the state stays "failed" until bpftrace has attached; so it does on a starved host.
      if (failedAttempts >= QUICK_RETRIES || status.version === null) continue;
      status.state = 'starting';
      status.reason = null;
    }
  }

  async function pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const done = keepRunning().catch((error: unknown) => {
    status.state = 'failed';
    status.reason = error instanceof Error ? error.message : String(error);
  });

  return {
    get current() {
      return current;
    },
    async stop() {
      stopping = true;
      tools.kill();
      wake();
      await current?.stop();
      await done;
    },
    kill() {
      stopping = true;
      tools.kill();
      wake();
      current?.kill();
    },
  };
}

/** The more attempts have failed, the longer until the next. */
function backOffMs(failedAttempts: number): number {
  const base = failedAttempts < QUICK_RETRIES ? BACK_OFF_MS : SLOW_RETRY_MS;
  const doublings =
    failedAttempts < QUICK_RETRIES ? Math.max(0, failedAttempts - 1) : failedAttempts - QUICK_RETRIES;
  return Math.min(LONGEST_BACK_OFF_MS, base * 2 ** doublings);
}
