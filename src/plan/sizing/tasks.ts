import { currentValue, leaveAlone } from '../setting.js';
import type { Setting } from '../setting.js';
import type { Basis } from '../target.js';

/** Units per connection if each had its own thread: a thread's stack and its guard page are two maps. */
const PER_CONNECTION = [
  ['kernel.pid_max', 1],
  ['kernel.threads-max', 1],
  ['vm.max_map_count', 2],
] as const;

/** Limits that only matter for a server with one thread per connection. */
export function taskSettings({ host, target }: Basis): Setting[] {
  return PER_CONNECTION.map(([name, perConnection]) =>
    leaveAlone({
      name,
      scope: name === 'vm.max_map_count' ? 'process' : 'node',
      current: currentValue(host, name),
      why: { rule: 'thread-each', connections: target.connections, perConnection },
    }),
  );
}
