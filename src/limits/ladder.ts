import { CEILING_KINDS, nearestFirst } from '../model/index.js';
import type { Ceiling, CeilingStats, Window } from '../model/index.js';
import type { PeerUse, ServiceLimit } from '../records/index.js';
import { clientsAtRange } from './client-ranges.js';
import type { ClientAtRange } from './client-ranges.js';
import { setLimitsOf } from './limit-settings.js';
import type { SetLimit } from './limit-settings.js';
import { plateauAt, plateausOf } from './plateau-suspects.js';
import type { SuspectedPlateau } from './plateau-suspects.js';

/** A ceiling and where its limit is set. */
export interface Rung {
  readonly ceiling: CeilingStats;
  /** The sysctl that is its limit; `null`: none, or unknown. */
  readonly setting: SetLimit | null;
  /** For the open files of a process: where the limit is set; `null` for other ceilings, or unknown. */
  readonly service: ServiceLimit | null;
}

/** All limits of a host, the nearest first. */
export interface Ladder {
  readonly rungs: readonly Rung[];
  /** Limits without a usage counter: packet queues, list lengths. */
  readonly others: readonly SetLimit[];
  readonly plateaus: readonly SuspectedPlateau[];
  /** Clients at the end of their local ports; `null` where the peers were not looked at. */
  readonly clients: readonly ClientAtRange[] | null;
}

/** Which listeners and processes to show; `null` for all. */
export interface LadderFilter {
  readonly port: number | null;
  readonly pid: number | null;
  /** A plateau that the user observed, in connections; `null`: detect plateaus. */
  readonly plateau: number | null;
}

/** Makes the ladder of a window; `peers` are those with the most connections, where they were counted. */
export function ladderOf(
  window: Window,
  filter: LadderFilter,
  peers: readonly PeerUse[] | null = null,
): Ladder {
  const clients = peers === null ? null : clientsAtRange(window, peers);
  const settings = setLimitsOf(window);
  const wanted = nearestFirst(window.ceilings).filter((ceilingStats) =>
    isWanted(ceilingStats, window, filter),
  );
  // With a filter, ceilings of the listener or process come before shared ones.
  const asked = filter.port === null && filter.pid === null ? () => 0 : isShared;
  const rungs = [...wanted]
    .sort((a, b) => Number(asked(a)) - Number(asked(b)))
    .map((ceiling): Rung => ({
      ceiling,
      setting:
        settings.find(
          (setting) => setting.name === CEILING_KINDS[ceiling.id].sysctl && isOf(ceiling, setting, window),
        ) ?? null,
      service: serviceOf(ceiling, window),
    }));
  const onLadder = new Set(rungs.map((rung) => rung.setting?.name));
  return {
    rungs,
    others: settings.filter((setting) => !onLadder.has(setting.name)),
    plateaus:
      filter.plateau === null ? plateausOf(window, clients) : [plateauAt(window, filter.plateau, clients)],
    clients,
  };
}

/** Whether the setting is the limit of this ceiling: other namespaces have their own value. */
function isOf({ scope }: Ceiling, setting: SetLimit, window: Window): boolean {
  return setting.scope === 'node' || scope.kind !== 'netns' || scope.netns === window.header.netns;
}

function serviceOf({ id, scope }: Ceiling, window: Window): ServiceLimit | null {
  if (id !== 'process-fds' || scope.kind !== 'process') return null;
  return window.last.settings?.services.find((service) => service.pid === scope.process.pid) ?? null;
}

/** Whether it limits more than one process or listener. */
function isShared({ scope }: Ceiling): boolean {
  return scope.kind !== 'listener' && scope.kind !== 'process';
}

/** Whether a ceiling passes the filter; shared ceilings always do. */
function isWanted({ scope }: Ceiling, window: Window, { port, pid }: LadderFilter): boolean {
  const asked = window.last.listeners.filter(
    (listener) => (port === null || listener.port === port) && (pid === null || listener.owner?.pid === pid),
  );
  switch (scope.kind) {
    case 'listener':
      return asked.some(
        (listener) => listener.inode === scope.listener.inode && listener.port === scope.listener.port,
      );
    case 'process':
      return (
        (port === null && pid === null) ||
        scope.process.pid === pid ||
        asked.some((listener) => listener.owner?.pid === scope.process.pid)
      );
    default:
      return true;
  }
}
