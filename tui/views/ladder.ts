import { isNear, isSoonFull, STANDARD_THRESHOLDS } from '../../src/diagnose/index.js';
import type { Thresholds } from '../../src/diagnose/index.js';
import { CEILING_KINDS, nearestFirst } from '../../src/model/index.js';
import type { CeilingStats } from '../../src/model/index.js';
import {
  fitTitle,
  ceilingOf,
  formatDuration,
  formatRate,
  formatShare,
  ownerOf,
  UNKNOWN,
} from '../../src/render/index.js';
import { cells } from '../draw/cells.js';
import { ceilingName } from '../words/ceiling-name.js';
import { isFarFromFull } from '../words/far-from-full.js';
import { fitCount, fitLimit } from '../draw/fit-count.js';
import { column, seg } from '../draw/line.js';
import { findingMark } from '../draw/symbols.js';
import type { Mark } from '../draw/symbols.js';
import type { Line, Segment } from '../draw/line.js';
import { bar } from '../draw/sparkline.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { emptyLine, heading } from '../draw/heading.js';
import type { Orders } from '../state/ui-state.js';
import { matchesFilter } from '../draw/filter.js';
import type { Size } from '../draw/size.js';

/** A time to full beyond this is no forecast. */
const FAR_SEC = 30 * 86_400;

interface Widths {
  readonly count: number;
  readonly title: number;
  readonly bar: number;
  /** 0 leaves the column out. */
  readonly growth: number;
  readonly peak: number;
  readonly where: number;
}

const FIGURES = { share: 7, full: 12 } as const;

/** The ceilings, nearest to its limit first, with the time to full. */
export function ladderView(
  state: ScreenState,
  { width, height }: Size,
  filter: string,
  order: Orders['ladder'] = 'nearest',
): Line[] {
  const ceilings = nearestFirst(state.window?.ceilings ?? []).filter((ceilingStats) =>
    matchesFilter(`${ceilingName(state, ceilingStats)} ${holderOf(ceilingStats)}`, filter),
  );
  const all = state.window?.ceilings.length ?? 0;
  const rows = Math.max(0, height - 1);
  const blamed = blamedCeilings(state);
  const shown = firstRows(sortCeilings(state, ceilings, order, blamed), rows, filter, blamed);
  const widths = widthsOf(width);
  const sorted = ORDER_WORDS[order];
  const note = shown.length < all ? `${sorted}, ${shown.length} of ${all}` : sorted;
  const head = heading('CEILINGS', note, columnNames(widths), width);
  if (shown.length === 0) {
    const why =
      state.window === null
        ? 'no data yet'
        : all === 0
          ? 'no limit could be read; 7 shows why'
          : `nothing matches /${filter}`;
    return [head, emptyLine(why)];
  }
  return [head, ...shown.map((ceilingStats) => rungLine(state, ceilingStats, blamed, widths))];
}

const ORDER_WORDS: Readonly<Record<Orders['ladder'], string>> = {
  nearest: 'nearest first',
  used: 'most used first',
  growth: 'fastest growing first',
  name: 'by name',
};

function sortCeilings(
  state: ScreenState,
  ceilings: readonly CeilingStats[],
  order: Orders['ladder'],
  blamed: ReadonlyMap<string, Mark>,
): readonly CeilingStats[] {
  switch (order) {
    case 'nearest': {
      // What the verdict is about stands first: once its limit was raised, others are nearer to theirs.
      const [own] = blamed.keys();
      return [...ceilings].sort((a, b) => Number(b.key === own) - Number(a.key === own));
    }
    case 'used':
      return [...ceilings].sort((a, b) => (b.used ?? -1) - (a.used ?? -1));
    case 'growth':
      return [...ceilings].sort((a, b) => (b.growthPerSec ?? -Infinity) - (a.growthPerSec ?? -Infinity));
    case 'name':
      return [...ceilings].sort((a, b) => ceilingName(state, a).localeCompare(ceilingName(state, b)));
  }
}

/** What ctdiag is asked about most: a row of each always stays on the ladder, even at 0 %. */
const PINNED = ['conntrack', 'accept-queue'] as const;

/** Rows that the ceilings of the verdicts may take from nearer ones. */
const MOST_BLAMED = 2;

/** The first rows, of which the last make room for what a verdict is about, and for pinned ceilings. */
function firstRows(
  ceilings: readonly CeilingStats[],
  rows: number,
  filter: string,
  blamed: ReadonlyMap<string, Mark>,
): CeilingStats[] {
  if (filter !== '' || rows <= PINNED.length) return ceilings.slice(0, rows);
  const first = [...blamed.keys()].slice(0, Math.min(MOST_BLAMED, rows - PINNED.length));
  const chosen = new Set([
    ...ceilings.filter(({ key }) => first.includes(key)),
    ...PINNED.flatMap((id) => ceilings.find((ceiling) => ceiling.id === id) ?? []),
  ]);
  for (const ceiling of ceilings) if (chosen.size < rows) chosen.add(ceiling);
  return ceilings.filter((ceiling) => chosen.has(ceiling));
}

/** The owner of a queue: the filter finds by process what is named by address. */
function holderOf({ scope }: CeilingStats): string {
  return scope.kind === 'listener' ? ownerOf(scope.listener) : '';
}

function widthsOf(width: number): Widths {
  const count = width < 70 ? 10 : 11;
  const figures = 2 * count + FIGURES.share + FIGURES.full;
  const extra = { growth: width >= 100 ? 11 : 0, peak: width >= 100 ? 9 : 0, where: width >= 140 ? 34 : 0 };
  const rest = width - 2 - figures - extra.growth - extra.peak - extra.where;
  // Where there is no room for both, the name matters more than the bar.
  const title = rest < 26 ? rest - 1 : Math.min(44, Math.floor(rest * 0.75));
  return { count, title, bar: rest - title - 1, ...extra };
}

function columnNames(widths: Widths): Segment[] {
  return [
    column(' used', widths.count, 'right'),
    column(' limit', widths.count, 'right'),
    column(' share', FIGURES.share, 'right'),
    ...(widths.peak === 0 ? [] : [column(' peak 1m', widths.peak, 'right')]),
    ...(widths.growth === 0 ? [] : [column(' growth/s', widths.growth, 'right')]),
    column(' full in', FIGURES.full, 'right'),
    ...(widths.where === 0 ? [] : [column('   limit set by', widths.where, 'left')]),
  ];
}

/** What the verdicts that go on are about, by its key: marked as they are, whatever its share is. */
function blamedCeilings({ diagnosis, window }: ScreenState): ReadonlyMap<string, Mark> {
  const blamed = new Map<string, Mark>();
  if (window === null) return blamed;
  for (const finding of diagnosis?.findings ?? []) {
    const ceiling = finding.untilMs === null ? ceilingOf(window, finding) : undefined;
    if (ceiling !== undefined && !blamed.has(ceiling.key)) blamed.set(ceiling.key, findingMark(finding));
  }
  return blamed;
}

function rungLine(
  state: ScreenState,
  ceiling: CeilingStats,
  blamed: ReadonlyMap<string, Mark>,
  widths: Widths,
): Line {
  const own = markOf(ceiling, state.thresholds ?? STANDARD_THRESHOLDS);
  const { symbol, tone } = own.tone === 'critical' ? own : (blamed.get(ceiling.key) ?? own);
  const { used, limit, share, growthPerSec, peak } = ceiling;
  return [
    seg(`${symbol} `, tone),
    column(fitTitle(cells(ceilingName(state, ceiling)), widths.title), widths.title, 'left'),
    seg(' '),
    seg(bar(share, widths.bar), tone === 'plain' ? 'accent' : tone),
    column(fitCount(used, widths.count - 1), widths.count, 'right'),
    column(fitLimit(limit, widths.count - 1), widths.count, 'right'),
    column(formatShare(share), FIGURES.share, 'right', tone),
    ...(widths.peak === 0 ? [] : [column(formatShare(peak?.share ?? null), widths.peak, 'right')]),
    ...(widths.growth === 0 ? [] : [column(growthWords(growthPerSec), widths.growth, 'right')]),
    column(fullInWords(ceiling), FIGURES.full, 'right', tone),
    ...(widths.where === 0
      ? []
      : [column(`   ${cells(CEILING_KINDS[ceiling.id].setBy)}`, widths.where, 'left', 'dim')]),
  ];
}

function markOf(ceiling: CeilingStats, thresholds: Thresholds): Mark {
  if (ceiling.share === null) return { symbol: ' ', tone: 'plain' };
  if (ceiling.share >= 1) return { symbol: '✖', tone: 'critical' };
  return isNear(ceiling, thresholds) || isSoonFull(ceiling, thresholds)
    ? { symbol: '▲', tone: 'warning' }
    : { symbol: ' ', tone: 'plain' };
}

function growthWords(perSec: number | null): string {
  if (perSec === null) return UNKNOWN;
  return perSec > 0 ? `+${formatRate(perSec)}` : perSec < 0 ? `-${formatRate(-perSec)}` : '0';
}

function fullInWords({ share, growthPerSec, fullInSec }: CeilingStats): string {
  if (share === null) return UNKNOWN;
  if (share >= 1) return 'now';
  if (growthPerSec === null) return UNKNOWN;
  return fullInSec === null || fullInSec > FAR_SEC || isFarFromFull({ share, fullInSec })
    ? '-'
    : formatDuration(fullInSec);
}
