import { defaultDistro, distros, type Distro } from './distros.js';
import type { Scenario } from './scenario.js';

/** One guest: a scenario on a suite. */
export interface Turn {
  readonly distro: Distro;
  readonly scenario: Scenario;
}

/** What is run on each other kernel: that it boots with its bpftrace, and every probe, against the kernel's counters. */
const SHORT_SET = ['guest', 'hooks'];

/** An older or newer bpftrace may attach its probes more slowly than the default suite's did in this run. */
const SLOWER = 1.5;

/** For a suite's root and kernel, where they have to be fetched first. */
const PREPARATION_MS = 180_000;

/**
 * What CI runs: the default suite whole, then each scenario of the short set on all others, whose order turns with the
 * commit: where the time leaves out the last, it is another's for another commit, and every one has begun.
 */
export function turnsOf(commit: string, scenarios: readonly Scenario[]): Turn[] {
  const others = distros.filter((distro) => distro !== defaultDistro);
  const first = Number.parseInt(commit.slice(0, 8), 16) % others.length || 0;
  const short = scenarios.filter(({ name }) => SHORT_SET.includes(name));
  const inTurn = [...others.slice(first), ...others.slice(0, first)];
  return [
    ...scenarios.map((scenario) => ({ distro: defaultDistro, scenario })),
    ...short.flatMap((scenario) => inTurn.map((distro) => ({ distro, scenario }))),
  ];
}

interface Ended {
  readonly turn: Turn;
  readonly elapsedMs: number;
}

/** Why a turn does not begin, its time being short; `undefined` when it fits. The default suite always begins. */
export function whyNotRun(
  { distro, scenario }: Turn,
  ended: readonly Ended[],
  leftMs: number,
  isPrepared: (distro: Distro) => boolean,
): string | undefined {
  if (distro === defaultDistro) return undefined;
  const before = ended.find(({ turn }) => turn.distro === defaultDistro && turn.scenario === scenario);
  // What did not run on the default suite may take all that it is given.
  const guestMs = before === undefined ? scenario.timeoutMs : before.elapsedMs * SLOWER;
  const neededMs = guestMs + (isPrepared(distro) ? 0 : PREPARATION_MS);
  if (neededMs <= leftMs) return undefined;
  const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1000))} s`;
  return `${seconds(leftMs)} left, it may take ${seconds(neededMs)}`;
}
