import type { ElapsedMs, StreamRecord } from '../../records/index.js';
import { compose } from './compose.js';
import type { RefusedVariant } from './compose.js';
import { createFlowReader } from './flows.js';
import type { FlowSample } from './flows.js';
import { DETAIL_HOOKS } from './hooks.js';
import type { BpftraceProcess } from './process.js';
import { findProgram } from '../../shell/programs.js';
import { parseVersion } from './system.js';
import type { HostView } from '../host-view.js';
import type { Source } from '../source.js';
import type { ProbeSystem, SystemRoots } from './system.js';

/** The detail ends when nothing was refused for so long. */
const QUIET_MS = 60_000;
/** Groups of flows that a map holds; flows of further groups are counted together. */
const MAX_GROUPS = 1024;
/** A detail program that failed is tried again after this, twice. */
const RETRY_MS = 30_000;
const MAX_TRIES = 3;
const STOP_GRACE_MS = 1000;

/** When to look at single flows: while new ones are refused, from start to end, or never. */
export type DetailMode = 'auto' | 'on' | 'off';

/**
 * The second program: who is refused, and who opens most flows. It starts and ends with the refusals that the totals
 * count, and has maps of its own, so that it disturbs nothing.
 */
export function createDetail(options: {
  readonly mode: DetailMode;
  readonly view: Pick<HostView, 'refusedFlows' | 'probes'>;
  readonly roots: SystemRoots;
  readonly clock: () => ElapsedMs;
  readonly emit: (record: StreamRecord) => void;
}): Source {
  const { mode, clock, emit } = options;
  const refusedVariants = new Map<RefusedVariant, string>();
  let running: BpftraceProcess | null = null;
  let run: Promise<void> | null = null;
  let stopping = false;
  let unreadable: string | null = null;
  let lastRefused = 0;
  let refusedMs: ElapsedMs | null = null;
  let tries = 0;
  let failedMs: ElapsedMs | null = null;

  // Asked through functions because these change while we wait.
  const stopped = (): boolean => stopping;
  const attachedAt = (since: { readonly ms: ElapsedMs | null }): ElapsedMs | null => since.ms;

  function emitFlows(sample: FlowSample, sinceMs: ElapsedMs): void {
    emit({
      type: 'flows',
      elapsedMs: clock(),
      sinceMs,
      refused: sample.refused.groups,
      refusedOthers: sample.refused.others,
      opened: sample.opened.groups,
      openedOthers: sample.opened.others,
    });
  }

  async function start(system: ProbeSystem): Promise<void> {
    const version = parseVersion(system.bpftraceVersion);
    const program = compose(system, refusedVariants, DETAIL_HOOKS);
    if (system.bpftracePath === null || version === null || program.hooks.length === 0) {
      unreadable = program.coverage[0]?.reason ?? 'no variant fits this kernel';
      tries = MAX_TRIES;
      return;
    }
    const { runBpftrace } = await import('./process.js');
    const setprivPath = findProgram('setpriv', options.roots).file;
    if (stopped()) return;
    const reader = createFlowReader();
    const since: { ms: ElapsedMs | null } = { ms: null };
    const child = runBpftrace({
      bpftracePath: system.bpftracePath,
      setprivPath,
      version,
      program: program.text,
      maxMapKeys: MAX_GROUPS,
      onRecord: (record) => {
        const sample = reader.take(record);
        if (sample === null) return;
        // The first tick comes a second after the probes attached.
        since.ms ??= Math.max(0, clock() - 1000);
        unreadable = null;
        emitFlows(sample, since.ms);
      },
    });
    running = child;
    const exit = await child.exited;
    running = null;
    const last = reader.finish();
    const sinceMs = attachedAt(since);
    if (last !== null && sinceMs !== null) emitFlows(last, sinceMs);
    if (stopped() || refusedMs === null) return;
    failedMs = clock();
    tries += 1;
    const [hook] = program.coverage;
    const file = [...program.variants.values()][0]?.file;
    const why = exit.complaint.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
    if (sinceMs === null && hook !== undefined && file !== undefined) {
      // Refused: the next variant, at once.
      refusedVariants.set(`${hook.hook}/${file}`, why);
      failedMs = null;
    }
    unreadable = `bpftrace ended: ${why}`;
  }

  function startOrStop(): void {
    const now = clock();
    const refused = options.view.refusedFlows;
    if (refused > lastRefused || mode === 'on') refusedMs = now;
    lastRefused = refused;
    if (mode === 'off' || stopping) return;
    if (run !== null) {
      if (refusedMs === null || now - refusedMs < QUIET_MS) return;
      refusedMs = null;
      void running?.stop(STOP_GRACE_MS);
      return;
    }
    const { system } = options.view.probes;
    if (system === null || refusedMs === null || now - refusedMs >= QUIET_MS || tries >= MAX_TRIES) return;
    if (failedMs !== null && now - failedMs < RETRY_MS) return;
    run = start(system)
      .catch((error: unknown) => {
        unreadable = error instanceof Error ? error.message : String(error);
        tries += 1;
      })
      .finally(() => {
        run = null;
      });
  }

  return {
    get unreadable() {
      return unreadable === null ? [] : [{ what: 'who is refused (the detail program)', why: unreadable }];
    },
    poll() {
      startOrStop();
      return [];
    },
    async stop() {
      stopping = true;
      await running?.stop(STOP_GRACE_MS);
      await run;
    },
    kill() {
      stopping = true;
      running?.kill();
    },
  };
}
