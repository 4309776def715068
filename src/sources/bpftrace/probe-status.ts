import type { CoverageRecord, HookCoverage, MetricName } from '../../records/index.js';
import type { Program } from './compose.js';
import { HOOKS, metricsOf } from './hooks.js';
import type { ProbeSystem } from './system.js';

/** What the coverage record says of the probes. */
export type ProbeCoverage = Pick<
  CoverageRecord,
  'probes' | 'reason' | 'bpftraceVersion' | 'hooks' | 'lostEvents' | 'badLines'
>;

/** How the probes fare, over all runs of bpftrace. */
export interface ProbeStatus {
  state: CoverageRecord['probes'];
  /** Why the state is what it is; `null` where that needs no reason. */
  reason: string | null;
  version: string | null;
  hooks: readonly HookCoverage[];
  /** The machine on which they last attached; `null` before. */
  attachedOn: ProbeSystem | null;
  /** Of the runs that have ended. */
  lostEvents: number;
  badLines: number;
}

/** Nothing is known yet. */
export function createProbeStatus(): ProbeStatus {
  return {
    state: 'starting',
    reason: null,
    version: null,
    hooks: HOOKS.map((hook) => ({ hook: hook.id, state: 'pending', variant: null, reason: null })),
    attachedOn: null,
    lostEvents: 0,
    badLines: 0,
  };
}

/** The first figures have arrived, or the first after a silence. */
export function setAttached(status: ProbeStatus, system: ProbeSystem, program: Program): void {
  status.state = 'attached';
  status.attachedOn = system;
  status.reason = null;
  status.hooks = program.coverage.map((hook) =>
    hook.variant === null ? hook : { ...hook, state: 'attached' },
  );
}

/** Every metric of the hooks that are attached, as 0: what has not happened is known. */
export function attachedZeros({ hooks }: ProbeStatus): Map<MetricName, number> {
  const attached = new Set(hooks.filter((hook) => hook.state === 'attached').map((hook) => hook.hook));
  return new Map(
    HOOKS.filter((hook) => attached.has(hook.id)).flatMap((hook) =>
      metricsOf(hook).map((metric) => [metric, 0] as const),
    ),
  );
}
