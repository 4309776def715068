import { setTimeout as wait } from 'node:timers/promises';
import { startProbes } from '../sources/bpftrace/probe-source.js';
import type { ProbeCoverage, ProbeSource } from '../sources/bpftrace/probe-source.js';
import type { SystemRoots } from '../sources/bpftrace/system.js';
import { compareHooks, proveNothing } from './compare.js';
import type { HookProof } from './compare.js';
import { createGatherer } from './gather.js';
import type { Gathered } from './gather.js';
import { inodeOf } from './load/own-namespace.js';
import { findLoadPrograms, startLoad } from './start-load.js';
import type { LoadEnd, RunningLoad } from './start-load.js';

/** The kernel takes a namespace away in the background, behind all that it removes elsewhere. */
const REMOVAL_TIMEOUT_MS = 15_000;
/** bpftrace prints every second; a starved one later. */
const PRINT_TIMEOUT_MS = 15_000;

/** What came of the proof. */
export interface ProofResult {
  readonly coverage: ProbeCoverage;
  readonly hooks: readonly HookProof[];
  /** Why there was nothing to compare with, a clause; `null` when the load was made. */
  readonly refused: string | null;
}

/** Attaches the probes, makes the load in a namespace of its own, and compares. */
export async function prove(
  roots: SystemRoots,
  start: () => RunningLoad | string = startOwnLoad,
): Promise<ProofResult> {
  const startedMs = performance.now();
  const gathered = createGatherer();
  const probes = startProbes({
    roots,
    // Our own figures come with every print, so that it can be known whether bpftrace has printed since.
    netns: inodeOf('self'),
    clock: () => performance.now() - startedMs,
    emit: gathered.take,
  });
  const running: { load: RunningLoad | null } = { load: null };
  process.once('exit', () => {
    running.load?.kill();
    probes.kill();
  });
  while (probes.coverage.probes === 'starting') await wait(100);
  const { coverage } = probes;
  if (coverage.probes !== 'attached') {
    await probes.stop();
    return nothingProven(coverage, coverage.reason ?? 'the probes do not attach');
  }
  const started = start();
  running.load = typeof started === 'string' ? null : started;
  const end: LoadEnd = typeof started === 'string' ? { failed: started } : await started.ended;
  if (!('stalls' in end)) {
    await probes.stop();
    return nothingProven(coverage, 'refused' in end ? end.refused : end.failed);
  }
  const heard = await hearOut(probes, gathered, end);
  await probes.stop();
  if (!heard || gathered.interrupted)
    return nothingProven(coverage, 'bpftrace fell silent or ended during the load');
  const overflowsAt = new Map(
    probes.listeners
      .filter(({ netns }) => netns === end.netns)
      .map(({ port, overflows }) => [port, overflows] as const),
  );
  const figures = { values: gathered.valuesOf(end.netns), overflowsAt };
  return { coverage, hooks: compareHooks(coverage.hooks, end.stalls, figures), refused: null };
}

function nothingProven(coverage: ProbeCoverage, why: string): ProofResult {
  return { coverage, hooks: proveNothing(coverage.hooks, why), refused: why };
}

/** A clause where there is nothing to start it with. */
function startOwnLoad(): RunningLoad | string {
  const netns = inodeOf('self');
  const programs = findLoadPrograms();
  if (netns === null) return '/proc/self/ns/net cannot be read';
  return typeof programs === 'string' ? programs : startLoad(netns, programs);
}

/** Waits for a print behind the load, and for the entries that leave with its namespace; whether bpftrace printed. */
async function hearOut(
  probes: ProbeSource,
  gathered: Gathered,
  { netns, stalls }: Extract<LoadEnd, { readonly stalls: unknown }>,
): Promise<boolean> {
  const before = gathered.prints;
  const entries = stalls.find(({ id }) => id === 'conntrack-destroy')?.kernel ?? 0;
  const isWatched = probes.coverage.hooks.some(
    ({ hook, state }) => hook === 'conntrack-destroy' && state === 'attached',
  );
  const destroyed = (): number => gathered.valuesOf(netns).get('probe.destroy') ?? 0;
  const printed = await waitUntil(() => gathered.prints > before, PRINT_TIMEOUT_MS);
  if (isWatched) await waitUntil(() => destroyed() >= entries, REMOVAL_TIMEOUT_MS);
  return printed;
}

async function waitUntil(holds: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!holds() && performance.now() < end) await wait(100);
  return holds();
}
