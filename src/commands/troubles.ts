import type { WindowBuilder } from '../model/index.js';
import type { ElapsedMs } from '../records/index.js';

/** How far apart the places are from which the window of a trouble can be folded on. */
const PLACES_MS = 240_000;

/** The window of a trouble as it stood at a moment. */
interface Place {
  readonly atMs: ElapsedMs;
  readonly builder: WindowBuilder;
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
  /** Begins one, of which everything up to `atMs` is folded. */
  begin(fromMs: ElapsedMs, atMs: ElapsedMs, builder: WindowBuilder): void;
  /** The window of the one that goes on; `null` when none does. */
  open(): WindowBuilder | null;
  /** The one that goes on has been folded on in another builder. */
  replace(builder: WindowBuilder): void;
  close(atMs: ElapsedMs): void;
  /** Notes how the window stands now, now and then. */
  keepPlace(atMs: ElapsedMs): void;
  /** Whence to fold on to a moment of a trouble; `null` when it is in none. */
  placeBefore(atMs: ElapsedMs): Place | null;
}

/** Starts without any. */
export function createTroubles(): Troubles {
  const all: Trouble[] = [];
  const current = (): Trouble | null => {
    const last = all.at(-1);
    return last?.endMs === Number.POSITIVE_INFINITY ? last : null;
  };
  return {
    begin(fromMs, atMs, builder) {
      const places = [{ atMs, builder: builder.clone() }];
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
    keepPlace(atMs) {
      const trouble = current();
      if (trouble === null || atMs - (trouble.places.at(-1)?.atMs ?? 0) < PLACES_MS) return;
      trouble.places.push({ atMs, builder: trouble.builder.clone() });
    },
    placeBefore(atMs) {
      const trouble = all.find((one) => one.fromMs <= atMs && atMs < one.endMs);
      return trouble?.places.findLast((one) => one.atMs <= atMs) ?? null;
    },
  };
}
