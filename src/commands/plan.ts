import { assumedRate, plannedSysctls, planFor, stockHost } from '../plan/index.js';
import type { Plan, ProfileName, Target } from '../plan/index.js';
import { formatPlan, memoryWords } from '../render/index.js';
import type { PlanFormat } from '../render/index.js';
import { readHost } from '../sources/host/read-host.js';
import { EXIT, UserError } from './exit.js';

/** What `ctdiag plan` was asked for. */
export interface PlanOptions {
  readonly connections: number;
  readonly ratePerSec: number | null;
  readonly memoryBytes: number | null;
  readonly cpus: number | null;
  readonly kernel: string | null;
  /** Plan for a machine with stock settings instead of this one. */
  readonly stock: boolean;
  /** Read below this folder instead of `/`; empty is this host. */
  readonly root: string;
  readonly profile: ProfileName;
  readonly ports: readonly number[];
  readonly unit: string | null;
  readonly format: PlanFormat;
}

/** Prints the plan. Returns the exit code: 2 when the RAM cannot hold so many. */
export async function planCommand(options: PlanOptions): Promise<number> {
  const plan = await makePlan(options);
  const { fits } = plan.memory;
  if (!fits && options.format !== 'text' && options.format !== 'json') {
    // A form would promise what the machine cannot keep.
    throw new UserError(
      EXIT.critical,
      `${memoryWords(plan)}\nNothing was written for them: plan for fewer, or with more --memory.`,
    );
  }
  process.stdout.write(formatPlan(options.format, plan, { unit: options.unit }));
  return fits ? EXIT.ok : EXIT.critical;
}

/** Reads the host, or describes one, and sizes it. */
async function makePlan(options: PlanOptions): Promise<Plan> {
  const { connections, ports, profile } = options;
  const target: Target = {
    connections,
    ratePerSec: options.ratePerSec ?? assumedRate(connections),
    rateAssumed: options.ratePerSec === null,
    profile,
    ports,
  };
  if (options.stock) {
    if (options.memoryBytes === null)
      throw new UserError(
        EXIT.usage,
        'A machine with stock settings needs its memory: --stock --memory 16G.',
      );
    const machine = {
      memoryBytes: options.memoryBytes,
      cpus: options.cpus ?? 4,
      kernel: options.kernel ?? '6.12',
    };
    return planFor(target, stockHost(machine), machine.memoryBytes, machine.cpus);
  }
  if (process.platform !== 'linux' && options.root === '')
    throw new UserError(
      EXIT.missing,
      `ctdiag plans for the Linux host it runs on, and this is ${process.platform}; for another machine: --stock --memory 16G --cpus 8 --kernel 6.12.`,
    );
  const host = await readHost({ root: options.root }, plannedSysctls(), ports);
  const memoryBytes = options.memoryBytes ?? host.memoryBytes;
  if (memoryBytes === null)
    throw new UserError(
      EXIT.missing,
      `${options.root}/proc/meminfo does not say how much RAM there is: --memory 16G does.`,
    );
  return planFor(target, host, memoryBytes, options.cpus ?? host.cpus ?? 1);
}
