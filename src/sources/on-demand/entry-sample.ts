/** What a part of a conntrack table is made of. */
export interface EntrySample {
  readonly sampled: number;
  readonly unreplied: number;
  /** Of these, those whose destination was rewritten: the answer is awaited from another address. */
  readonly unrepliedDnat: number;
  /** The zone with most of them; `null` where no entry tells of one. */
  readonly zone: { readonly zone: number; readonly entries: number } | null;
}

/** Takes lines of `conntrack -L`, one at a time. */
export interface EntrySampler {
  take(line: string): void;
  result(): EntrySample;
}

/** Zones are 16 bits: a table has no more, but a hostile tool might. */
const MAX_ZONES = 65_536;

/** Starts with no entry. */
export function createEntrySampler(): EntrySampler {
  let sampled = 0;
  let unreplied = 0;
  let unrepliedDnat = 0;
  const zones = new Map<number, number>();
  return {
    take(line) {
      const destination = /^\s*\S+\s+\d{1,3} .*?\bdst=(\S+) /.exec(line)?.[1];
      if (destination === undefined) return;
      sampled += 1;
      if (line.includes('[UNREPLIED]')) {
        unreplied += 1;
        const answersFrom = /\[UNREPLIED\] src=(\S+)/.exec(line)?.[1];
        if (answersFrom !== undefined && answersFrom !== destination) unrepliedDnat += 1;
      }
      const zone = Number(/ zone(?:-orig|-reply)?=(\d{1,5})\b/.exec(line)?.[1] ?? 0);
      if (zones.has(zone) || zones.size < MAX_ZONES) zones.set(zone, (zones.get(zone) ?? 0) + 1);
    },
    result() {
      const hasZones = [...zones.keys()].some((zone) => zone > 0);
      const [most] = [...zones].sort(([, a], [, b]) => b - a);
      const zone = hasZones && most !== undefined ? { zone: most[0], entries: most[1] } : null;
      return { sampled, unreplied, unrepliedDnat, zone };
    },
  };
}
