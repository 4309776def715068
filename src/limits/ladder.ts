import { CEILING_KINDS, nearestFirst } from '../model/index.js';
import type { Ceiling, CeilingStats, Window } from '../model/index.js';
import type { ServiceLimit } from '../records/index.js';
import { setLimitsOf } from './limit-settings.js';
import type { SetLimit } from './limit-settings.js';
import { plateauAt, plateausOf } from './plateau-suspects.js';
import type { SuspectedPlateau } from './plateau-suspects.js';

/** A ceiling and where its limit is set. */
export interface Rung {
  readonly ceiling: CeilingStats;
  /** The sysctl that is its limit; `null` where none is, or nothing is known of it. */
  readonly setting: SetLimit | null;
  /** Of the open files of a process; `null` for other ceilings, or unknown. */
  readonly service: ServiceLimit | null;
}

/** Every limit of a host, the nearest first. */
export interface Ladder {
  readonly rungs: readonly Rung[];
  /** Limits without a level to measure them by: queues of packets, lengths of lists. */
  readonly others: readonly SetLimit[];
  readonly plateaus: readonly SuspectedPlateau[];
}

/** Which listeners and processes are asked for; `null` for all. */
export interface LadderFilter {
  readonly port: number | null;
  readonly pid: number | null;
  /** Connections that a person saw stand still; `null` to look for oneself. */
  readonly plateau: number | null;
}

/** Makes the ladder of a window. */
export function ladderOf(window: Window, filter: LadderFilter): Ladder {
  const settings = setLimitsOf(window);
  const wanted = nearestFirst(window.ceilings).filter((ceilingStats) =>
    isWanted(ceilingStats, window, filter),
  );
  // What was asked for by name stands before what binds everyone.
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
    plateaus: filter.plateau === null ? plateausOf(window) : [plateauAt(window, filter.plateau)],
  };
}

/** Another namespace has a value of its own, which no file of the host sets. */
function isOf({ scope }: Ceiling, setting: SetLimit, window: Window): boolean {
  return setting.scope === 'node' || scope.kind !== 'netns' || scope.netns === window.header.netns;
}

function serviceOf({ id, scope }: Ceiling, window: Window): ServiceLimit | null {
  if (id !== 'process-fds' || scope.kind !== 'process') return null;
  return window.last.settings?.services.find((service) => service.pid === scope.process.pid) ?? null;
}

/** It binds more than one process or listener. */
function isShared({ scope }: Ceiling): boolean {
  return scope.kind !== 'listener' && scope.kind !== 'process';
}

/** What binds the node or a namespace binds every listener in it. */
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
