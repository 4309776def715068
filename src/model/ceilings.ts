import { NODE_WIDE } from '../records/index.js';
import type { Listener, Netns, PortUse, ProcessUse } from '../records/index.js';
import { CEILING_IDS, CEILING_KINDS } from './ceiling-kinds.js';
import type { CeilingId } from './ceiling-kinds.js';
import { readingOf } from './frame.js';
import type { Frame } from './frame.js';
import type { Reading } from './reading.js';

/** Whom a ceiling binds. */
export type CeilingScope =
  | { readonly kind: 'node' }
  | { readonly kind: 'netns'; readonly netns: Netns }
  | { readonly kind: 'process'; readonly process: ProcessUse }
  | { readonly kind: 'ports'; readonly ports: PortUse }
  | { readonly kind: 'listener'; readonly listener: Listener };

/** Identity of a ceiling from frame to frame. */
export type CeilingKey = string;

/** A limit and what is used of it. */
export interface Ceiling {
  readonly key: CeilingKey;
  readonly id: CeilingId;
  readonly scope: CeilingScope;
  /** `null` is unknown. */
  readonly used: number | null;
  readonly limit: number | null;
  /** used / limit; above 1 where the kernel lets it overshoot; `null` when either is unknown or the limit is 0 (none). */
  readonly share: number | null;
}

/** The ceilings of a frame, which every window that holds the frame asks for: gone with the frame. */
const ofFrames = new WeakMap<Frame, readonly Ceiling[]>();
/** The ceiling of what is used, which frames share while neither it nor its limit changes. */
const ofReadings = new WeakMap<Reading, Ceiling>();

/** Every ceiling that the frame knows of, in no order; unknown figures are `null`, not left out. */
export function ceilingsOf(frame: Frame): readonly Ceiling[] {
  let ceilings = ofFrames.get(frame);
  if (ceilings === undefined) {
    ceilings = findCeilings(frame);
    ofFrames.set(frame, ceilings);
  }
  return ceilings;
}

function findCeilings(frame: Frame): Ceiling[] {
  const ceilings: Ceiling[] = [];
  for (const id of CEILING_IDS) {
    const { metrics } = CEILING_KINDS[id];
    if (metrics === null) continue;
    for (const used of frame.readings.named(metrics.used)) {
      const { netns } = used;
      if ((metrics.usedScope === 'node') !== (netns === NODE_WIDE)) continue;
      const limit =
        readingOf(frame, metrics.limitScope === 'node' ? NODE_WIDE : netns, metrics.limit)?.value ?? null;
      let ceiling = ofReadings.get(used);
      if (ceiling?.id !== id || ceiling.limit !== limit) {
        const scope = netns === NODE_WIDE ? ({ kind: 'node' } as const) : ({ kind: 'netns', netns } as const);
        ceiling = { key: `${id}:${netns}`, id, scope, ...shareOf(used.value, limit) };
        ofReadings.set(used, ceiling);
      }
      ceilings.push(ceiling);
    }
  }
  for (const process of frame.processes) {
    ceilings.push({
      key: `process-fds:${process.pid}`,
      id: 'process-fds',
      scope: { kind: 'process', process },
      ...shareOf(process.fds, process.fdLimit),
    });
    if (process.erlang !== undefined)
      ceilings.push({
        key: `erlang-ports:${process.pid}`,
        id: 'erlang-ports',
        scope: { kind: 'process', process },
        ...shareOf(erlangPortsUsed(process.fds, process.erlang.ports), process.erlang.ports),
      });
    if (process.maps !== undefined)
      ceilings.push({
        key: `process-maps:${process.pid}`,
        id: 'process-maps',
        scope: { kind: 'process', process },
        ...shareOf(process.maps, readingOf(frame, NODE_WIDE, 'vm.max_map_count')?.value ?? null),
      });
  }
  // The first of several processes in a group represents it.
  const groups = new Map(
    frame.processes.flatMap((process) =>
      process.tasks === undefined ? [] : [[process.tasks.cgroup, process]],
    ),
  );
  for (const process of groups.values()) {
    ceilings.push({
      key: `cgroup-tasks:${process.tasks?.cgroup ?? ''}`,
      id: 'cgroup-tasks',
      scope: { kind: 'process', process },
      ...shareOf(process.tasks?.used ?? null, process.tasks?.limit ?? null),
    });
  }
  for (const ports of frame.ports?.ports ?? []) {
    ceilings.push({
      key: `ephemeral-ports:${ports.netns}:${ports.source}:${ports.destination}:${ports.port}`,
      id: 'ephemeral-ports',
      scope: { kind: 'ports', ports },
      ...shareOf(ports.used, usablePorts(frame, ports)),
    });
  }
  for (const listener of frame.listeners) {
    ceilings.push({
      key: `accept-queue:${listener.netns}:${listener.address}:${listener.port}:${listener.inode ?? ''}`,
      id: 'accept-queue',
      scope: { kind: 'listener', listener },
      ...shareOf(listener.acceptQueue, listener.backlog),
    });
  }
  return ceilings;
}

/**
 * Descriptors, all but a few of them ports. Unknown where there are more than the table holds: then connections are no
 * ports (the `socket` backend of newer brokers).
 */
function erlangPortsUsed(fds: number | null, limit: number): number | null {
  return fds === null || fds > limit * 1.05 + 100 ? null : fds;
}

/** How many local ports a connect(2) without a port may choose from; `null` when unknown. */
function usablePorts(frame: Frame, { netns, reserved = 0 }: PortUse): number | null {
  const low = readingOf(frame, netns, 'net.ipv4.ip_local_port_range.low')?.value ?? null;
  const high = readingOf(frame, netns, 'net.ipv4.ip_local_port_range.high')?.value ?? null;
  return low === null || high === null || high < low ? null : Math.max(0, high - low + 1 - reserved);
}

function shareOf(used: number | null, limit: number | null): Pick<Ceiling, 'used' | 'limit' | 'share'> {
  return { used, limit, share: used === null || limit === null || limit === 0 ? null : used / limit };
}

/**
 * Nearest to its limit first, unknown last. Shares that are shown alike are alike, and what a ceiling refuses breaks
 * the tie, so that two of them do not swap places each second.
 */
export function nearestFirst<T extends Pick<Ceiling, 'id' | 'key' | 'share'>>(ceilings: readonly T[]): T[] {
  return [...ceilings].sort(
    (a, b) =>
      percent(b) - percent(a) ||
      CEILING_KINDS[a.id].weight - CEILING_KINDS[b.id].weight ||
      (a.key < b.key ? -1 : 1),
  );
}

/** As people are shown it: whole from 1 % on, tenths below, and whatever is less than a tenth but not 0. */
function percent({ share }: Pick<Ceiling, 'share'>): number {
  if (share === null) return -1;
  const exact = share * 100;
  if (exact >= 0.95) return exact > 99 && exact < 100 ? 99 : Math.round(exact);
  return exact === 0 || exact >= 0.1 ? Math.round(exact * 10) / 10 : 0.05;
}
