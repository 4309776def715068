import { currentOf, leave } from '../setting.js';
import type { Setting } from '../setting.js';
import type { Basis } from '../target.js';

/** Each counts threads; a thread's stack and its guard are two maps. They bind only where each connection has one. */
const PER_CONNECTION = [
  ['kernel.pid_max', 1],
  ['kernel.threads-max', 1],
  ['vm.max_map_count', 2],
] as const;

/** Limits of a server with a thread for each connection, which nothing of this size should be. */
export function taskSettings({ host, target }: Basis): Setting[] {
  return PER_CONNECTION.map(([name, perConnection]) =>
    leave({
      name,
      scope: name === 'vm.max_map_count' ? 'process' : 'node',
      current: currentOf(host, name),
      why: { rule: 'thread-each', connections: target.connections, perConnection },
    }),
  );
}
