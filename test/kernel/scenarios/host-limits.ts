import type { Scenario } from '../scenario.js';

export const hostLimits: Scenario = {
  name: 'host-limits',
  onRequest: true,
  purpose: 'Orphans, TCP memory, tasks, mappings, the limit of an application, file handles seen by a probe.',
  guestScript: 'host-limits.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  checks: {},
};
