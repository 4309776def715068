import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { exactDecimal } from '../kernel/parse.js';
import type { Figures } from '../kernel/parse.js';
import type { ToolRunner } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';

/** Cards that are asked; an instance has few. */
const MOST_CARDS = 8;
/** What each card counts; the allowance is the instance's, whichever card exceeds it. */
const COUNTERS = [
  'conntrack_allowance_exceeded',
  'bw_in_allowance_exceeded',
  'bw_out_allowance_exceeded',
  'pps_allowance_exceeded',
  'linklocal_allowance_exceeded',
] as const;
const GAUGE = 'conntrack_allowance_available';
const UNTOLD = 'the driver of the card does not count them; newer ENA drivers do';

/** What the cards say, and why they say nothing though they should. */
export interface Allowance {
  readonly figures: Figures;
  /** The cards that have such counters: those to ask the next time. */
  readonly cards: readonly string[];
  readonly unreadable: string | null;
}

/** Asks `ethtool -S` of the cards given. Counters are summed, of what is left the least is taken. */
export async function readAllowance(
  cards: readonly string[],
  ena: boolean,
  tools: ToolRunner,
): Promise<Allowance> {
  const having: string[] = [];
  const figures: Figures = {};
  let failure: string | null = null;
  for (const card of cards) {
    const counters = new Map<string, number | null>();
    const result = await tools.run(['ethtool', '-S', card], (line) => {
      const [, name, value] = /^\s*(\w+_allowance_\w+):\s*(\S+)\s*$/.exec(line) ?? [];
      if (name !== undefined) counters.set(name, exactDecimal(value));
    });
    failure ??= toolFailure('ethtool', result);
    if (counters.size === 0) continue;
    having.push(card);
    addCard(figures, counters);
  }
  const unreadable = ena && having.length === 0 ? (failure ?? UNTOLD) : null;
  return { figures, cards: having, unreadable };
}

function addCard(figures: Figures, counters: ReadonlyMap<string, number | null>): void {
  for (const counter of COUNTERS) {
    const value = counters.get(counter);
    if (value != null) figures[`ena.${counter}`] = (figures[`ena.${counter}`] ?? 0) + value;
  }
  const left = counters.get(GAUGE);
  if (left != null)
    figures['ena.conntrack_allowance_available'] = Math.min(
      left,
      figures['ena.conntrack_allowance_available'] ?? left,
    );
}

/** The cards worth asking: real ones, or where there are none (a guest without) whatever is there; and if any is ENA. */
export function findCards(sysRoot: string): { readonly cards: readonly string[]; readonly ena: boolean } {
  const folder = `${sysRoot}/class/net`;
  let names: string[];
  try {
    // A name that begins like an option would be taken for one.
    names = readdirSync(folder).filter((name) => name !== 'lo' && !name.startsWith('-'));
  } catch {
    return { cards: [], ena: false };
  }
  const real = names.filter((name) => driverOf(folder, name) !== null);
  return {
    cards: (real.length > 0 ? real : names).slice(0, MOST_CARDS),
    ena: real.some((name) => driverOf(folder, name) === 'ena'),
  };
}

function driverOf(folder: string, name: string): string | null {
  try {
    return basename(readlinkSync(`${folder}/${name}/device/driver`));
  } catch {
    return null;
  }
}
