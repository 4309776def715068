import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { exactDecimal } from '../kernel/parse.js';
import type { Figures } from '../kernel/parse.js';
import type { ToolRunner } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';

/** Cards that are asked; an instance has few. */
const MOST_CARDS = 8;
const COUNTER = 'conntrack_allowance_exceeded';
const GAUGE = 'conntrack_allowance_available';

/** What the cards say, and why they say nothing though they should. */
export interface Allowance {
  readonly figures: Figures;
  /** The cards that have such counters: those to ask the next time. */
  readonly cards: readonly string[];
  readonly unreadable: string | null;
}

/** Asks `ethtool -S` of the cards given. The allowance is the instance's: drops are summed, what is left is the least. */
export async function readAllowance(
  cards: readonly string[],
  ena: boolean,
  tools: ToolRunner,
): Promise<Allowance> {
  const exceeded: number[] = [];
  const available: number[] = [];
  const having: string[] = [];
  let failure: string | null = null;
  for (const card of cards) {
    const counters = new Map<string, number | null>();
    const result = await tools.run(['ethtool', '-S', card], (line) => {
      const [, name, value] = /^\s*(conntrack_allowance_\w+):\s*(\S+)\s*$/.exec(line) ?? [];
      if (name !== undefined) counters.set(name, exactDecimal(value));
    });
    failure ??= toolFailure('ethtool', result);
    if (counters.size === 0) continue;
    having.push(card);
    const gone = counters.get(COUNTER);
    if (gone != null) exceeded.push(gone);
    const left = counters.get(GAUGE);
    if (left != null) available.push(left);
  }
  const figures: Figures = {};
  if (exceeded.length > 0)
    figures['ena.conntrack_allowance_exceeded'] = exceeded.reduce((sum, value) => sum + value, 0);
  if (available.length > 0) figures['ena.conntrack_allowance_available'] = Math.min(...available);
  const unreadable = ena && having.length === 0 ? failure : null;
  return { figures, cards: having, unreadable };
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
