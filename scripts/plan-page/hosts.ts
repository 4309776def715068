import { assumedRate, planFor, stockHost } from '../../src/plan/index.js';
import type { Plan, ProfileName } from '../../src/plan/index.js';

const GIB = 1024 ** 3;

interface Example {
  readonly title: string;
  readonly connections: number;
  readonly memoryGib: number;
  readonly cpus: number;
  readonly profile: ProfileName;
}

/** The three machines of docs/plan.md, all with the default settings of Linux 6.12. */
const EXAMPLES: readonly Example[] = [
  {
    title: 'edge node: 4 GB, 100,000, Mosquitto',
    connections: 100_000,
    memoryGib: 4,
    cpus: 4,
    profile: 'mqtt',
  },
  { title: 'broker: 16 GB, 500,000, EMQX', connections: 500_000, memoryGib: 16, cpus: 8, profile: 'emqx' },
  {
    title: 'Kubernetes node: 64 GB, 1,000,000, EMQX',
    connections: 1_000_000,
    memoryGib: 64,
    cpus: 16,
    profile: 'emqx',
  },
];

/** Their plans. */
export function examplePlans(): { readonly title: string; readonly plan: Plan }[] {
  return EXAMPLES.map(({ title, connections, memoryGib, cpus, profile }) => {
    const memoryBytes = memoryGib * GIB;
    const target = {
      connections,
      ratePerSec: assumedRate(connections),
      rateAssumed: true,
      profile,
      ports: [1883],
    };
    return {
      title,
      plan: planFor(target, stockHost({ memoryBytes, cpus, kernel: '6.12' }), memoryBytes, cpus),
    };
  });
}
