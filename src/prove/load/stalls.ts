import type { Stall, StallId } from '../report.js';

/** A stall that came about, by what it was counted. */
export function made(id: StallId, by: Partial<Pick<Stall, 'kernel' | 'load' | 'port'>>): Stall {
  return { id, kernel: null, load: null, port: null, skipped: null, ...by };
}

/** Stalls that were not made, all for one reason. */
export function skippedStalls(ids: readonly StallId[], skipped: string): Stall[] {
  return ids.map((id) => ({ id, kernel: null, load: null, port: null, skipped }));
}
