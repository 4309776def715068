import { assumedRate, planFor, readSysctls, stockHost } from '../plan/index.js';
import type { Plan, Target } from '../plan/index.js';
import { readHost } from '../sources/host/read-host.js';
import { EXIT, UserError } from '../exit.js';
import { readOwnFiles } from '../apply/host-snapshot.js';
import type { PlanOptions } from '../apply/task.js';

/** Reads the host, or describes one, and sizes it. */
export async function makePlan(options: PlanOptions): Promise<Plan> {
  const { connections, ports, profile } = options;
  const target: Target = {
    connections,
    ratePerSec: options.ratePerSec ?? assumedRate(connections),
    rateAssumed: options.ratePerSec === null,
    profile,
    ports,
    tlsShare: options.tlsShare,
    emqxVersion: options.emqxVersion,
  };
  if (options.stock) {
    if (options.memoryBytes === null)
      throw new UserError(EXIT.usage, '--stock needs the memory of that machine: --stock --memory 16G.');
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
      `ctdiag plans for the Linux host it runs on, and this is ${process.platform}. For another machine: --stock --memory 16G --cpus 8 --kernel 6.12.`,
    );
  const host = await readHost({ root: options.root }, readSysctls(), ports);
  const memoryBytes = options.memoryBytes ?? host.memoryBytes;
  if (memoryBytes === null)
    throw new UserError(
      EXIT.missing,
      `The size of the RAM could not be read from ${options.root}/proc/meminfo: give it with --memory 16G.`,
    );
  const files = readOwnFiles(options.root, host, options);
  return planFor(target, host, memoryBytes, options.cpus ?? host.cpus ?? 1, files);
}
