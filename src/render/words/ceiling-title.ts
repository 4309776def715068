import { CEILING_KINDS } from '../../model/index.js';
import type { Ceiling } from '../../model/index.js';
import type { Netns } from '../../records/index.js';
import { addressOf, taskGroupOf, inNetns, processName, routeOf } from './subjects.js';

/** What a rung of the ladder is called, with whom it binds. */
export function ceilingTitle(
  ceiling: Ceiling,
  netnsLabels: ReadonlyMap<Netns, string>,
  hostNetns: Netns | null,
): string {
  const title = CEILING_KINDS[ceiling.id].title;
  const group =
    ceiling.id === 'cgroup-tasks' && ceiling.scope.kind === 'process'
      ? taskGroupOf(ceiling.scope.process)
      : null;
  // The limit belongs to the group, which has its own name.
  if (group !== null) return `tasks of ${group}`;
  switch (ceiling.scope.kind) {
    case 'node':
      return title;
    case 'netns':
      return `${title}${inNetns(ceiling.scope.netns, netnsLabels.get(ceiling.scope.netns) ?? null, hostNetns)}`;
    case 'process':
      return `${title} ${processName(ceiling.scope.process)}`;
    case 'ports':
      return `${title} ${routeOf(ceiling.scope.ports)}`;
    case 'listener':
      return `${title} ${addressOf(ceiling.scope.listener)}`;
  }
}
