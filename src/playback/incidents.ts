import type { Frame, WindowBuilder } from '../model/index.js';
import type { ElapsedMs } from '../records/index.js';

/** How far apart the places are from which the window of a trouble can be folded on. */
const PLACES_MS = 240_000;

/**
 * What the windows of all places may follow: figures, sockets and processes, of some hundred bytes each. A host in
 * trouble all day has a tenth; beyond it the oldest are let go, and only the last minute is told of a moment there.
 */
const MOST_WEIGHT = 400_000;

/** The window of a trouble as it stood at a moment. */
interface Place {
  readonly atMs: ElapsedMs;
  readonly builder: WindowBuilder;
  /** About how much it follows. */
  readonly weight: number;
}

/** A stretch with findings: from a minute before the first of them until a minute without any. */
interface Trouble {
  readonly fromMs: ElapsedMs;
  endMs: ElapsedMs;
  builder: WindowBuilder;
  readonly places: Place[];
}

/** The troubles of a recording, each with its window, whole or up to any moment of it. */
export interface Troubles {
  /** Begins one, of which everything up to `last` is folded. */
  begin(fromMs: ElapsedMs, last: Frame, builder: WindowBuilder): void;
  /** The window of the one that goes on; `null` when none does. */
  open(): WindowBuilder | null;
  /** The one that goes on has been folded on in another builder. */
  replace(builder: WindowBuilder): void;
  close(atMs: ElapsedMs): void;
  /** Notes how the window stands now, now and then. */
  keepPlace(last: Frame): void;
  /** Whence to fold on to a moment of a trouble; `null` when it is in none. */
  placeBefore(atMs: ElapsedMs): Place | null;
}

/** Starts without any. */
export function createTroubles(): Troubles {
  const all: Trouble[] = [];
  let weight = 0;

  function place({ elapsedMs, readings, listeners, processes }: Frame, builder: WindowBuilder): Place {
    const kept = {
      atMs: elapsedMs,
      builder: builder.clone(),
      weight: 50 + readings.size + listeners.length * 2 + processes.length * 3,
    };
    weight += kept.weight;
    for (let oldest = all[0]; weight > MOST_WEIGHT && oldest !== undefined; oldest = all[0]) {
      weight -= oldest.places.shift()?.weight ?? 0;
      if (oldest.places.length > 0) continue;
      // The one that goes on needs no place to go on.
      if (all.length === 1) break;
      all.shift();
    }
    return kept;
  }

  const current = (): Trouble | null => {
    const last = all.at(-1);
    return last?.endMs === Number.POSITIVE_INFINITY ? last : null;
  };
  return {
    begin(fromMs, last, builder) {
      const places = [place(last, builder)];
      all.push({ fromMs, endMs: Number.POSITIVE_INFINITY, builder, places });
    },
    open: () => current()?.builder ?? null,
    replace(builder) {
      const trouble = current();
      if (trouble !== null) trouble.builder = builder;
    },
    close(atMs) {
      const trouble = current();
      if (trouble !== null) trouble.endMs = atMs;
    },
    keepPlace(last) {
      const trouble = current();
      if (trouble === null || last.elapsedMs - (trouble.places.at(-1)?.atMs ?? 0) < PLACES_MS) return;
      trouble.places.push(place(last, trouble.builder));
    },
    placeBefore(atMs) {
      const trouble = all.find((trouble) => trouble.fromMs <= atMs && atMs < trouble.endMs);
      return trouble?.places.findLast((place) => place.atMs <= atMs) ?? null;
    },
  };
}
