import type { MetricName } from '../records/index.js';
import type { Reading, ReadingKey } from './reading.js';

/** Readings stand in pages of so many; frames share the pages in which nothing changed. */
const PAGE = 32;

type Page = readonly Reading[];

/** Where each figure of a fold stands. A place is never taken back, so frames share this while it grows. */
interface Slots {
  readonly ofKey: Map<ReadingKey, number>;
  readonly keys: ReadingKey[];
  readonly ofName: Map<MetricName, number[]>;
}

/**
 * The readings of one frame. A map of its own for each frame is most of what a recording would take in memory, and
 * comparing all figures most of its time: frames of one fold share what did not change between them.
 */
export class Readings {
  constructor(
    private readonly slots: Slots,
    private readonly pages: readonly Page[],
    readonly size: number,
  ) {}

  get(key: ReadingKey): Reading | undefined {
    return this.at(this.slots.ofKey.get(key));
  }

  *values(): IterableIterator<Reading> {
    for (const page of this.pages) yield* page;
  }

  /** The readings of one figure in all namespaces. */
  *named(name: MetricName): IterableIterator<Reading> {
    for (const slot of this.slots.ofName.get(name) ?? []) {
      const reading = this.at(slot);
      if (reading !== undefined) yield reading;
    }
  }

  /** Whether both share all pages, which means that no figure differs; a cheap check that may miss equal ones. */
  isSameAs(other: Readings): boolean {
    return this.pages === other.pages;
  }

  /** Takes every reading that is not the one of `before`; all of them where the two are of different folds. */
  forEachChange(before: Readings | null, take: (reading: Reading, key: ReadingKey) => void): void {
    const known = before?.slots === this.slots ? before.pages : [];
    if (known === this.pages) return;
    this.pages.forEach((page, number) => {
      const knownPage = known[number];
      if (knownPage === page) return;
      page.forEach((reading, index) => {
        const key = this.slots.keys[number * PAGE + index];
        if (key !== undefined && knownPage?.[index] !== reading) take(reading, key);
      });
    });
  }

  private at(slot: number | undefined): Reading | undefined {
    return slot === undefined ? undefined : this.pages[Math.floor(slot / PAGE)]?.[slot % PAGE];
  }
}

/** The readings of a fold as they are now. */
export interface ReadingsNow {
  /** The place of a figure, a new one for a new figure, which must then be put there. */
  slotOf(key: ReadingKey, name: MetricName): number;
  put(slot: number, reading: Reading): void;
  /** For a frame: what is put afterwards does not change it. */
  snapshot(): Readings;
}

/** Starts without figures. */
export function createReadings(): ReadingsNow {
  const slots: Slots = { ofKey: new Map(), keys: [], ofName: new Map() };
  let pages: Reading[][] = [];
  /** The pages that no frame holds. */
  let own = new Set<number>();
  let arePagesShared = false;
  let size = 0;

  function ownPage(number: number): Reading[] {
    if (arePagesShared) pages = [...pages];
    arePagesShared = false;
    if (!own.has(number)) pages[number] = [...(pages[number] ?? [])];
    own.add(number);
    return pages[number] ?? [];
  }

  return {
    slotOf(key, name) {
      const known = slots.ofKey.get(key);
      if (known !== undefined) return known;
      const slot = slots.keys.length;
      slots.ofKey.set(key, slot);
      slots.keys.push(key);
      const named = slots.ofName.get(name);
      if (named === undefined) slots.ofName.set(name, [slot]);
      else named.push(slot);
      return slot;
    },
    put(slot, reading) {
      const number = Math.floor(slot / PAGE);
      if (pages[number]?.[slot % PAGE] === reading) return;
      ownPage(number)[slot % PAGE] = reading;
      size = Math.max(size, slot + 1);
    },
    snapshot() {
      arePagesShared = true;
      if (own.size > 0) own = new Set();
      return new Readings(slots, pages, size);
    },
  };
}
