import type {
  CoverageRecord,
  ElapsedMs,
  HookCoverage,
  MetricName,
  Netns,
  StreamRecord,
} from '../../records/index.js';
import { compose, wanted } from './compose.js';
import type { Program, RefusedVariant } from './compose.js';
import { HOOKS, metricsOf } from './hooks.js';
import { watchForModule } from './module-watch.js';
import { obstacleTo } from './obstacle.js';
import type { ProbeRun, StartRun } from './probe-run.js';
import { describeExit, refusedVariant } from './refusal.js';
import { createRunSums } from './run-sums.js';
import { watchSilence } from './silence.js';
import { findProgram, inspectSystem } from './system.js';
import type { ProbeSystem, SystemRoots } from './system.js';
import type { ListenerTotals, ProbeSample } from './totals.js';

/** bpftrace that has not attached by then is not going to: seconds as a rule; on a starved host over two minutes were seen. */
const START_TIMEOUT_MS = 300_000;
/** After a run that attached, and between tries while there is hope. */
const BACK_OFF_MS = 1000;
/** Failed attempts after which retries become rare: compiling costs a sick host seconds of CPU. */
const QUICK_RETRIES = 3;
const SLOW_RETRY_MS = 60_000;
const LONGEST_BACK_OFF_MS = 600_000;

export interface ProbeSourceOptions {
  readonly roots: SystemRoots;
  /** Our own namespace: its counters are 0, not unknown, while nothing happens. */
  readonly netns: Netns | null;
  readonly clock: () => ElapsedMs;
  readonly emit: (record: StreamRecord) => void;
  readonly startTimeoutMs?: number;
  readonly versionTimeoutMs?: number;
}

/** What the coverage record says of the probes. */
export type ProbeCoverage = Pick<
  CoverageRecord,
  'probes' | 'reason' | 'bpftraceVersion' | 'hooks' | 'lostEvents' | 'badLines'
>;

/** bpftrace, started, watched and restarted; its figures as records. */
export interface ProbeSource {
  readonly coverage: ProbeCoverage;
  /** What is known of the machine; `null` until the probes have attached. */
  readonly system: ProbeSystem | null;
  /** What the probes know of listeners, cumulative. */
  readonly listeners: readonly ListenerTotals[];
  /** Watches for silence; to be called about once a second. */
  check(): void;
  /** Ends bpftrace after its last figures have been emitted. */
  stop(): Promise<void>;
  /** Ends bpftrace at once, figures or not. */
  kill(): void;
}

/** Starts the probes in the background. Never throws: what goes wrong is named in the coverage. */
export function startProbes(options: ProbeSourceOptions): ProbeSource {
  const { emit, clock, netns, roots } = options;
  const startTimeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
  let state: CoverageRecord['probes'] = 'starting';
  let reason: string | null = null;
  let version: string | null = null;
  let attachedOn: ProbeSystem | null = null;
  let hooks: readonly HookCoverage[] = HOOKS.map((hook) => ({
    hook: hook.id,
    state: 'pending',
    variant: null,
    reason: null,
  }));
  let running: ProbeRun | null = null;
  let stopping = false;
  let lostBefore = 0;
  let badBefore = 0;
  let wake: () => void = () => undefined;
  const refused = new Map<RefusedVariant, string>();
  const sums = createRunSums();
  const silence = watchSilence();

  // Asked through a function because it changes while we wait.
  const stopped = (): boolean => stopping;

  function emitSample(sample: ProbeSample, attachedAtMs: ElapsedMs | null): void {
    const now = clock();
    const known = new Map(sample.totals);
    if (netns !== null && !known.has(netns)) known.set(netns, zerosOf(hooks));
    for (const [namespace, figures] of known) {
      const values = Object.fromEntries(sums.totals(namespace, figures));
      if (attachedAtMs !== null) {
        const zeros = Object.fromEntries(
          [...figures.keys()].map((name) => [
            name,
            values[name] === undefined ? 0 : values[name] - (figures.get(name) ?? 0),
          ]),
        );
        emit({
          type: 'sample',
          elapsedMs: attachedAtMs,
          source: 'bpftrace',
          netns: namespace,
          values: zeros,
        });
      }
      emit({ type: 'sample', elapsedMs: now, source: 'bpftrace', netns: namespace, values });
    }
    sums.listenersNow(sample.listeners);
  }

  function emitGap(fromMs: ElapsedMs, why: string): void {
    emit({ type: 'gap', elapsedMs: clock(), source: 'bpftrace', fromMs, reason: why });
  }

  /** One run of bpftrace, from its start to its end. Resolves with how it ended and when it last said something, if ever. */
  async function run(startRun: StartRun, system: ProbeSystem, program: Program, setprivPath: string | null) {
    const current = startRun({
      system,
      program,
      setprivPath,
      clock,
      startTimeoutMs,
      onStartTimeout: () => {
        reason = `bpftrace did not attach within ${Math.round(startTimeoutMs / 1000)} s`;
      },
      onSample: (sample, attachedAtMs) => {
        silence.heard(clock());
        // The first of all, or the first after a silence.
        if (state !== 'attached') {
          state = 'attached';
          attachedOn = system;
          reason = null;
          hooks = program.coverage.map((hookCoverage) =>
            hookCoverage.variant === null ? hookCoverage : { ...hookCoverage, state: 'attached' },
          );
        }
        emitSample(sample, attachedAtMs);
      },
    });
    running = current;
    const { exit, attached } = await current.ended;
    running = null;
    const { lastHeardMs } = silence;
    badBefore += current.badLines;
    lostBefore += current.lostEvents;
    silence.reset();
    sums.runEnded();
    return { exit, lastHeardMs: attached ? lastHeardMs : null };
  }

  async function keepRunning(): Promise<void> {
    let setprivPath = await findProgram('setpriv', roots.path);
    let failedAttempts = 0;
    for (;;) {
      const system = await inspectSystem(roots, wanted(), options.versionTimeoutMs);
      if (stopped()) return;
      version = system.bpftraceVersion;
      const obstacle = obstacleTo(system);
      if (obstacle !== null) {
        hooks = hooks.map((hook) => ({ ...hook, state: 'missing', reason: obstacle.what }));
        reason = `${obstacle.what}; ${obstacle.remedy}`;
        if (obstacle.code === 'bpftrace-slow') {
          // A starved host may recover.
          state = 'failed';
          failedAttempts += 1;
          await pause(backOff(failedAttempts));
          if (stopped()) return;
          continue;
        }
        state = 'off';
        return;
      }
      const program = compose(system, refused);
      hooks = program.coverage;
      if (program.hooks.length === 0) {
        state = 'failed';
        reason = 'no probe fits this kernel; see ctdiag doctor';
        return;
      }
      // Loaded late: it brings execa, which is not needed without bpftrace.
      const { startRun } = await import('./probe-run.js');
      if (stopped()) return;
      const watch = watchForModule(program, system, roots, () => void running?.stop());
      const { exit, lastHeardMs } = await run(startRun, system, program, setprivPath);
      watch.stop();
      if (stopped()) return;
      if (watch.found) {
        emitGap(clock(), 'restarted with the probes of a module loaded since');
        state = 'starting';
        continue;
      }
      const attached = lastHeardMs !== null;
      if (!attached && setprivPath !== null && exit.complaint.startsWith('setpriv:')) {
        setprivPath = null;
        continue;
      }
      const refusal = attached ? null : refusedVariant(exit.complaint, program, refused);
      if (refusal !== null) {
        refused.set(refusal.variant, refusal.why);
        continue;
      }
      const what = `bpftrace ${describeExit(exit)}`;
      if (attached) emitGap(lastHeardMs, what);
      failedAttempts = attached ? 0 : failedAttempts + 1;
      const backOffMs = backOff(failedAttempts);
      state = 'failed';
      reason = `${reason ?? what}; started again in ${Math.round(backOffMs / 1000)} s`;
      await pause(backOffMs);
      if (stopped()) return;
      // After many failures the state stays "failed" until bpftrace has attached.
      if (failedAttempts >= QUICK_RETRIES) continue;
      state = 'starting';
      reason = null;
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
    state = 'failed';
    reason = error instanceof Error ? error.message : String(error);
  });

  return {
    get coverage() {
      return {
        probes: state,
        reason,
        bpftraceVersion: version,
        hooks,
        lostEvents: lostBefore + (running?.lostEvents ?? 0),
        badLines: badBefore + (running?.badLines ?? 0),
      };
    },
    get system() {
      return attachedOn;
    },
    get listeners() {
      return sums.listeners();
    },
    check() {
      const { lastHeardMs } = silence;
      const heard = silence.check(clock());
      if (heard === 'fine' || lastHeardMs === null) return;
      state = 'failed';
      if (heard === 'silent') {
        reason = 'bpftrace is silent (stopped, or starved of CPU)';
        emitGap(lastHeardMs, reason);
      } else {
        reason = 'bpftrace was silent for too long and was ended';
        running?.kill();
      }
    },
    async stop() {
      stopping = true;
      wake();
      await running?.stop();
      await done;
    },
    kill() {
      stopping = true;
      running?.kill();
    },
  };
}

/** The longer nothing has come of it, the longer until the next try. */
function backOff(failedAttempts: number): number {
  const base = failedAttempts < QUICK_RETRIES ? BACK_OFF_MS : SLOW_RETRY_MS;
  const doublings =
    failedAttempts < QUICK_RETRIES ? Math.max(0, failedAttempts - 1) : failedAttempts - QUICK_RETRIES;
  return Math.min(LONGEST_BACK_OFF_MS, base * 2 ** doublings);
}

function zerosOf(hooks: readonly HookCoverage[]): Map<MetricName, number> {
  const attached = new Set(hooks.filter((hook) => hook.state === 'attached').map((hook) => hook.hook));
  return new Map(
    HOOKS.filter((hook) => attached.has(hook.id)).flatMap((hook) =>
      metricsOf(hook).map((metric) => [metric, 0] as const),
    ),
  );
}
