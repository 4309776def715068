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
import type { Variant } from './hooks.js';
import { obstacleTo } from './obstacle.js';
import type { BpftraceExit, BpftraceProcess, RunBpftrace } from './process.js';
import { createRunSums } from './run-sums.js';
import { findProgram, inspectSystem, parseVersion } from './system.js';
import type { ProbeSystem, SystemRoots } from './system.js';
import { createTotalsReader } from './totals.js';
import type { ListenerTotals, ProbeSample } from './totals.js';

/** bpftrace that has not attached by then is not going to: compiling takes seconds, on a sick host many. */
const START_TIMEOUT_MS = 120_000;
/** Attached, it prints every second; silence beyond this is a gap. */
const SILENT_MS = 5000;
/**
 * A bpftrace that was starved of CPU prints its queued ticks in one burst, each with the figures of that moment.
 * The first of them says it all; rates over the milliseconds between them would be noise.
 */
const SHORTEST_SAMPLE_MS = 500;
const STOP_GRACE_MS = 3000;
const LONGEST_BACK_OFF_MS = 60_000;
/** How often a hook whose module is not loaded is looked for again. */
const PENDING_MS = 10_000;

export interface ProbeSourceOptions {
  readonly roots: SystemRoots;
  /** Our own namespace: its counters are 0, not unknown, while nothing happens. */
  readonly netns: Netns | null;
  readonly clock: () => ElapsedMs;
  readonly emit: (record: StreamRecord) => void;
  readonly startTimeoutMs?: number;
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

/** Starts the probes in the background. Never throws: what goes wrong is told in the coverage. */
export function startProbes(options: ProbeSourceOptions): ProbeSource {
  const { emit, clock, netns } = options;
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
  let running: BpftraceProcess | null = null;
  let stopping = false;
  let lastTickMs: ElapsedMs | null = null;
  let silentSinceMs: ElapsedMs | null = null;
  let lostBefore = 0;
  let lostNow = 0;
  let badBefore = 0;
  let wake: () => void = () => undefined;
  const refused = new Map<RefusedVariant, string>();
  const sums = createRunSums();

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

  /** One run of bpftrace, from its start to its end. Resolves with how it ended and when it last said something, if ever. */
  async function run(
    runBpftrace: RunBpftrace,
    system: ProbeSystem,
    program: Program,
    setprivPath: string | null,
  ): Promise<{ exit: BpftraceExit; lastHeardMs: ElapsedMs | null }> {
    const bpftraceVersion = parseVersion(system.bpftraceVersion);
    if (system.bpftracePath === null || bpftraceVersion === null) throw new Error('run without bpftrace');
    const totals = createTotalsReader(program.hooks);
    let attached = false;
    const take = (sample: ProbeSample, isLast: boolean): void => {
      const now = clock();
      if (!isLast && lastTickMs !== null && now - lastTickMs < SHORTEST_SAMPLE_MS) return;
      const first = !attached;
      attached = true;
      lostNow = totals.lostEvents;
      lastTickMs = now;
      silentSinceMs = null;
      if (first) {
        state = 'attached';
        attachedOn = system;
        reason = null;
        hooks = program.coverage.map((one) => (one.variant === null ? one : { ...one, state: 'attached' }));
      }
      // The probes count from their attaching, a second before the first tick.
      emitSample(sample, first ? Math.max(0, now - 1000) : null);
    };
    const child = runBpftrace({
      bpftracePath: system.bpftracePath,
      setprivPath,
      version: bpftraceVersion,
      program: program.text,
      maxMapKeys: null,
      onRecord: (record) => {
        const sample = totals.take(record);
        if (sample !== null) take(sample, false);
      },
    });
    running = child;
    const startTimer = setTimeout(() => {
      if (attached) return;
      reason = `bpftrace did not attach within ${Math.round(startTimeoutMs / 1000)} s`;
      child.kill();
    }, startTimeoutMs);
    const exit = await child.exited;
    clearTimeout(startTimer);
    running = null;
    const last = totals.finish();
    if (last !== null) take(last, true);
    const lastHeardMs = lastTickMs;
    badBefore += child.badLines;
    lostBefore += lostNow;
    lostNow = 0;
    lastTickMs = null;
    sums.runEnded();
    return { exit, lastHeardMs };
  }

  async function keepRunning(): Promise<void> {
    let setprivPath = await findProgram('setpriv', options.roots.path);
    let backOffMs = 1000;
    let fruitless = 0;
    for (;;) {
      const system = await inspectSystem(options.roots, wanted());
      if (stopped()) return;
      version = system.bpftraceVersion;
      const obstacle = obstacleTo(system);
      if (obstacle !== null) {
        state = 'off';
        hooks = hooks.map((one) => ({ ...one, state: 'missing', reason: obstacle.what }));
        reason = `${obstacle.what}; ${obstacle.mend}`;
        return;
      }
      const program = compose(system, refused);
      hooks = program.coverage;
      if (program.hooks.length === 0) {
        state = 'failed';
        reason = 'no probe fits this kernel; see ctdiag doctor';
        return;
      }
      // With it comes execa, which nobody who has no bpftrace needs.
      const { runBpftrace } = await import('./process.js');
      if (stopped()) return;
      const watch = watchForModule(program, system);
      const { exit, lastHeardMs } = await run(runBpftrace, system, program, setprivPath);
      const attached = lastHeardMs !== null;
      watch.stop();
      if (stopped()) return;
      if (watch.found) {
        emit({
          type: 'gap',
          elapsedMs: clock(),
          source: 'bpftrace',
          fromMs: clock(),
          reason: 'restarted with the probes of a module loaded since',
        });
        state = 'starting';
        continue;
      }
      if (!attached && setprivPath !== null && exit.complaint.startsWith('setpriv:')) {
        setprivPath = null;
        continue;
      }
      if (!attached && noteRefusal(exit.complaint, program)) continue;
      const what = `bpftrace ${exitWords(exit)}`;
      if (attached) {
        fruitless = 0;
        emit({
          type: 'gap',
          elapsedMs: clock(),
          source: 'bpftrace',
          fromMs: lastHeardMs,
          reason: what,
        });
      } else fruitless += 1;
      state = 'failed';
      reason = `${reason ?? what}; started again in ${Math.round(backOffMs / 1000)} s`;
      if (fruitless >= 3) {
        reason = `${what}; given up after ${fruitless} tries`;
        return;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, backOffMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (stopped()) return;
      backOffMs = attached ? 1000 : Math.min(LONGEST_BACK_OFF_MS, backOffMs * 2);
      state = 'starting';
      reason = null;
    }
  }

  /** Ends the run when a module whose hooks are wanted has been loaded, so that they can be attached. */
  function watchForModule(program: Program, system: ProbeSystem): { stop(): void; readonly found: boolean } {
    let found = false;
    if (!program.coverage.some((one) => one.state === 'pending' && one.variant === null))
      return { stop: () => undefined, found };
    const before = system.functions.size;
    const timer = setInterval(() => {
      void inspectSystem({ ...options.roots, path: '' }, wanted()).then((now) => {
        if (now.functions.size <= before || found || stopped()) return;
        found = true;
        void running?.stop(STOP_GRACE_MS);
      });
    }, PENDING_MS);
    return {
      stop: () => clearInterval(timer),
      get found() {
        return found;
      },
    };
  }

  /** Notes the variant that the complaint names as not attachable; false when it names none. */
  function noteRefusal(complaint: string, program: Program): boolean {
    const line = /stdin:(\d+)[-:\d]*: ERROR/.exec(complaint)?.[1];
    const culprit = line === undefined ? null : program.hookAtLine(Number(line));
    for (const hook of program.hooks) {
      const chosen = program.coverage.find((one) => one.hook === hook.id)?.variant;
      const variant = hook.variants.find(
        (one) => one.name === chosen && !refused.has(`${hook.id}/${one.file}`),
      );
      if (variant === undefined || (culprit !== null && culprit !== hook)) continue;
      if (culprit === null && !namesOf(variant).some((name) => complaint.includes(name))) continue;
      refused.set(`${hook.id}/${variant.file}`, errorLine(complaint));
      return true;
    }
    return false;
  }

  // Asked through a function because it changes while we wait.
  const stopped = (): boolean => stopping;
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
        lostEvents: lostBefore + lostNow,
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
      const now = clock();
      if (lastTickMs === null || silentSinceMs !== null || now - lastTickMs < SILENT_MS) return;
      silentSinceMs = lastTickMs;
      emit({
        type: 'gap',
        elapsedMs: now,
        source: 'bpftrace',
        fromMs: lastTickMs,
        reason: 'bpftrace is silent (stopped, or starved of CPU)',
      });
    },
    async stop() {
      stopping = true;
      wake();
      await running?.stop(STOP_GRACE_MS);
      await done;
    },
    kill() {
      stopping = true;
      running?.kill();
    },
  };
}

function exitWords(exit: BpftraceExit): string {
  const how = exit.signal === null ? `ended with code ${exit.code ?? '?'}` : `was killed by ${exit.signal}`;
  const why = lastLine(exit.complaint);
  return why === '' ? how : `${how}: ${why}`;
}

/** bpftrace shows the place under its error: the error itself says more than the last line. */
function errorLine(text: string): string {
  return /^.*ERROR: .*$/m.exec(text)?.[0].slice(0, 200) ?? lastLine(text);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}

function zerosOf(hooks: readonly HookCoverage[]): Map<MetricName, number> {
  const attached = new Set(hooks.filter((one) => one.state === 'attached').map((one) => one.hook));
  return new Map(
    HOOKS.filter((hook) => attached.has(hook.id)).flatMap((hook) =>
      metricsOf(hook).map((metric) => [metric, 0] as const),
    ),
  );
}

/** What bpftrace calls a variant by when it complains of it. */
function namesOf(variant: Variant): string[] {
  return [...variant.functions, ...variant.tracepoints.map((name) => name.replace('/', ':'))];
}
