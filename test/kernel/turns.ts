import { defaultDistro, distros, type Distro } from './distros.js';
import type { Scenario } from './scenario.js';

/** One guest: a scenario on a suite. */
export interface Turn {
  readonly distro: Distro;
  readonly scenario: Scenario;
}

/** What each other suite runs: boot, every probe, the limits that need no large load, and the incident itself. */
const SHORT_SET = ['guest', 'hooks', 'accept-queue-overflow', 'other-limits', 'conntrack-table-full'];

/** An older or newer bpftrace may attach its probes more slowly than the default suite's did in this run. */
const SLOWER = 1.5;

/** For a suite's root and kernel, which may have to be fetched first. */
const PREPARATION_MS = 180_000;

/**
 * What CI runs: the default suite whole, then the short set on the others, in an order that turns with the commit:
 * what the time leaves out for this commit comes first for another.
 */
export function turnsOf(commit: string, scenarios: readonly Scenario[]): Turn[] {
  const others = distros.filter((distro) => distro !== defaultDistro);
  const first = Number.parseInt(commit.slice(0, 8), 16) % others.length || 0;
  const short = scenarios.filter(({ name }) => SHORT_SET.includes(name));
  return [
    ...scenarios.map((scenario) => ({ distro: defaultDistro, scenario })),
    ...[...others.slice(first), ...others.slice(0, first)].flatMap((distro) =>
      short.map((scenario) => ({ distro, scenario })),
    ),
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
): string | undefined {
  if (distro === defaultDistro) return undefined;
  const before = ended.find(({ turn }) => turn.distro === defaultDistro && turn.scenario === scenario);
  const isFirst = !ended.some(({ turn }) => turn.distro === distro);
  // What did not run on the default suite may take all that it is given.
  const guestMs = before === undefined ? scenario.timeoutMs : before.elapsedMs * SLOWER;
  const neededMs = guestMs + (isFirst ? PREPARATION_MS : 0);
  if (neededMs <= leftMs) return undefined;
  const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1000))} s`;
  return `${seconds(leftMs)} left, it may take ${seconds(neededMs)}`;
}
