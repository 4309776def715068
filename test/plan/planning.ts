import { assumedRate, planFor, stockHost } from '../../src/plan/index.js';
import type { Plan, ProfileName, SysctlChange } from '../../src/plan/index.js';
import type { HostReading } from '../../src/records/index.js';

export const GIB = 1024 ** 3;

interface Wish {
  readonly connections: number;
  readonly ratePerSec?: number;
  readonly memoryBytes?: number;
  readonly cpus?: number;
  readonly kernel?: string;
  readonly profile?: ProfileName;
  readonly ports?: readonly number[];
  readonly tlsShare?: number;
  readonly emqxVersion?: string;
  /** What the machine has that stock ones have not. */
  readonly has?: Partial<HostReading>;
}

/** A plan for a machine with stock settings. */
export function planned(wish: Wish): Plan {
  const memoryBytes = wish.memoryBytes ?? 16 * GIB;
  const cpus = wish.cpus ?? 8;
  const host = { ...stockHost({ memoryBytes, cpus, kernel: wish.kernel ?? '6.12' }), ...wish.has };
  return planFor(
    {
      connections: wish.connections,
      ratePerSec: wish.ratePerSec ?? assumedRate(wish.connections),
      rateAssumed: wish.ratePerSec === undefined,
      profile: wish.profile ?? 'generic',
      ports: wish.ports ?? [],
      tlsShare: wish.tlsShare ?? null,
      emqxVersion: wish.emqxVersion ?? null,
    },
    host,
    memoryBytes,
    cpus,
  );
}

/** The host after the changes. */
export function changed(host: HostReading, changes: readonly SysctlChange[]): HostReading {
  return {
    ...host,
    sysctls: { ...host.sysctls, ...Object.fromEntries(changes.map(({ name, to }) => [name, to])) },
  };
}

/** What the plan says that a setting must be, as a figure. */
export function neededOf(plan: Plan, name: string): number {
  return Number(plan.settings.find((setting) => setting.name === name)?.needed);
}
