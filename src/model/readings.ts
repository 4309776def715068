import type { Reading, ReadingKey } from './frame.js';

/** Where each figure stands in the list of a frame; shared by frames, and never changed once it is. */
export type ReadingSlots = ReadonlyMap<ReadingKey, number>;

/**
 * The readings of one frame. A map of its own for each frame is most of what a recording would take in memory; that
 * is why it is a class: one list a frame, the rest is shared.
 */
export class Readings implements ReadonlyMap<ReadingKey, Reading> {
  constructor(
    private readonly slots: ReadingSlots,
    private readonly list: readonly Reading[],
  ) {}

  get size(): number {
    return this.list.length;
  }

  get(key: ReadingKey): Reading | undefined {
    const slot = this.slots.get(key);
    return slot === undefined ? undefined : this.list[slot];
  }

  has(key: ReadingKey): boolean {
    return this.slots.has(key);
  }

  keys(): MapIterator<ReadingKey> {
    return this.slots.keys();
  }

  values(): MapIterator<Reading> {
    return this.list.values();
  }

  *entries(): MapIterator<[ReadingKey, Reading]> {
    for (const [key, slot] of this.slots) {
      const reading = this.list[slot];
      if (reading !== undefined) yield [key, reading];
    }
  }

  [Symbol.iterator](): MapIterator<[ReadingKey, Reading]> {
    return this.entries();
  }

  forEach(take: (reading: Reading, key: ReadingKey, map: ReadonlyMap<ReadingKey, Reading>) => void): void {
    // Not over `entries`: that makes two lists of each figure, and this runs for every figure of every frame.
    this.slots.forEach((slot, key) => {
      const reading = this.list[slot];
      if (reading !== undefined) take(reading, key, this);
    });
  }
}
