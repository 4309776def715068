import type { Frame, WindowBuilder } from '../model/index.js';
import type { ElapsedMs } from '../records/index.js';

/** Time between two checkpoints of an incident. */
const CHECKPOINT_EVERY_MS = 240_000;

/**
 * What the windows of all checkpoints may follow together: figures, sockets and processes, of some hundred bytes each.
 * A host that is in trouble all day needs a tenth of it. Beyond it the oldest checkpoints are dropped, and a moment
 * there is diagnosed by its last minute alone.
 */
const MAX_WEIGHT = 400_000;

/** The window of an incident as it stood at a moment. */
interface Checkpoint {
  readonly atMs: ElapsedMs;
  readonly builder: WindowBuilder;
  /** About how much it follows. */
  readonly weight: number;
}

/** A stretch with findings: from a minute before the first of them until a minute without any. */
interface Incident {
  readonly fromMs: ElapsedMs;
  endMs: ElapsedMs;
  builder: WindowBuilder;
  readonly checkpoints: Checkpoint[];
}

/** The incidents of a recording, each with its window, whole or up to any moment of it. */
export interface Incidents {
  /** Begins an incident; everything up to `last` is folded into `builder`. */
  begin(fromMs: ElapsedMs, last: Frame, builder: WindowBuilder): void;
  /** The window of the ongoing incident; `null` when there is none. */
  ongoing(): WindowBuilder | null;
  /** Continues the ongoing incident with another builder, which holds more. */
  replace(builder: WindowBuilder): void;
  close(atMs: ElapsedMs): void;
  /** Keeps a copy of the ongoing window, when the last copy is old enough. */
  checkpoint(last: Frame): void;
  /** Where to continue from to reach a moment of an incident; `null` when the moment is in none. */
  checkpointBefore(atMs: ElapsedMs): Checkpoint | null;
}

/** Starts without any. */
export function createIncidents(): Incidents {
  const all: Incident[] = [];
  let totalWeight = 0;

  function makeCheckpoint(
    { elapsedMs, readings, listeners, processes }: Frame,
    builder: WindowBuilder,
  ): Checkpoint {
    const weight = 50 + readings.size + listeners.length * 2 + processes.length * 3;
    totalWeight += weight;
    dropOldest();
    return { atMs: elapsedMs, builder: builder.clone(), weight };
  }

  function dropOldest(): void {
    for (let oldest = all[0]; totalWeight > MAX_WEIGHT && oldest !== undefined; oldest = all[0]) {
      totalWeight -= oldest.checkpoints.shift()?.weight ?? 0;
      if (oldest.checkpoints.length > 0) continue;
      // The ongoing incident needs no checkpoint to go on.
      if (all.length === 1) break;
      all.shift();
    }
  }

  const current = (): Incident | null => {
    const last = all.at(-1);
    return last?.endMs === Number.POSITIVE_INFINITY ? last : null;
  };
  return {
    begin(fromMs, last, builder) {
      const checkpoints = [makeCheckpoint(last, builder)];
      all.push({ fromMs, endMs: Number.POSITIVE_INFINITY, builder, checkpoints });
    },
    ongoing: () => current()?.builder ?? null,
    replace(builder) {
      const incident = current();
      if (incident !== null) incident.builder = builder;
    },
    close(atMs) {
      const incident = current();
      if (incident !== null) incident.endMs = atMs;
    },
    checkpoint(last) {
      const incident = current();
      if (incident === null) return;
      const lastMs = incident.checkpoints.at(-1)?.atMs ?? 0;
      if (last.elapsedMs - lastMs < CHECKPOINT_EVERY_MS) return;
      incident.checkpoints.push(makeCheckpoint(last, incident.builder));
    },
    checkpointBefore(atMs) {
      const incident = all.find(({ fromMs, endMs }) => fromMs <= atMs && atMs < endMs);
      return incident?.checkpoints.findLast((checkpoint) => checkpoint.atMs <= atMs) ?? null;
    },
  };
}
