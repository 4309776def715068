import { nearestFirst } from '../../src/model/index.js';
import { ceilingTitle, formatClock, formatShare, titlesOf } from '../../src/render/index.js';
import { cells, clipMiddle, firstThatFits } from '../draw/cells.js';
import { column, seg, widthOf } from '../draw/line.js';
import type { Line, Segment, Tone } from '../draw/line.js';
import { chosenRow, shownRows, shownSinceMs, statusOf } from '../state/host-order.js';
import type { HostRow, ScreenState } from '../../src/playback/screen-state.js';
import type { Orders, UiState } from '../state/ui-state.js';
import { emptyLine, heading } from '../draw/heading.js';
import { ABSENT_MARKS, presenceWords } from '../words/presence.js';
import type { Size } from '../draw/size.js';
import { findingMark, STATUS_MARKS } from '../draw/symbols.js';

/** With less there is no room for the words of the heading. */
const SHORTEST_NAME = 13;
const LONGEST_NAME = 24;
const CLOCK = 8;
const NEAREST = 34;
const FILE = 40;
/** From these widths on there is a column for the nearest ceiling, and one for the file. */
const WITH_NEAREST = 110;
const WITH_FILE = 160;

/** Every host with its verdict at the moment shown, sorted. */
export function hostsView(state: ScreenState, ui: UiState, { width, height }: Size): Line[] {
  const all = state.hosts?.rows ?? [];
  const chosen = chosenRow(state, ui);
  const rows = Math.max(0, height - 1);
  const shown = shownRows(state, ui, rows);
  const name = Math.min(
    LONGEST_NAME,
    Math.max(SHORTEST_NAME, ...all.map((hostRow) => cells(hostRow.name).length)),
  );
  const sorted = ORDER_WORDS[ui.orders.hosts];
  const part = shown.length < all.length ? `${shown.length} of ${all.length}` : '';
  const verdict =
    width -
    3 -
    name -
    2 -
    CLOCK -
    2 -
    (width >= WITH_NEAREST ? NEAREST + 2 : 0) -
    (width >= WITH_FILE ? FILE : 0);
  const columns = [
    column(' since', CLOCK + 1, 'left'),
    column(' verdict', verdict + 1, 'left'),
    ...(width >= WITH_NEAREST ? [column('  nearest ceiling', NEAREST + 2, 'left')] : []),
    ...(width >= WITH_FILE ? [column('capture', FILE, 'left')] : []),
  ];
  const note = firstThatFits(part === '' ? [sorted, ''] : [`${sorted}, ${part}`, part], name - 2);
  const head = heading('HOSTS', note, columns, width);
  if (shown.length === 0) return [head, emptyLine(`nothing matches /${ui.filter}`)];
  return [
    head,
    ...shown.map(({ place, row }): Line => {
      const isChosen = place === chosen?.place;
      const since = shownSinceMs(row);
      const { symbol, tone } = markOf(row);
      const words = firstThatFits(verdictWords(row), verdict);
      return [
        seg(isChosen ? '▶' : ' ', 'strong'),
        seg(`${symbol} `, tone),
        column(row.name, name, 'left', isChosen ? 'strong' : 'plain'),
        seg(`  ${since === null ? '-'.padEnd(CLOCK) : formatClock(since)}  `),
        seg(words.padEnd(verdict), row.presence.kind === 'recorded' ? tone : 'dim'),
        ...(width >= WITH_NEAREST ? [seg('  '), nearestColumn(row)] : []),
        ...(width >= WITH_FILE ? [column(row.file, FILE, 'left', 'dim')] : []),
      ];
    }),
  ];
}

const ORDER_WORDS: Readonly<Record<Orders['hosts'], string>> = {
  worst: 'worst first',
  nearest: 'nearest first',
  since: 'newest first',
  name: 'by name',
};

/** The chosen host's mark, tone included. */
function markOf(row: HostRow): { readonly symbol: string; readonly tone: Tone } {
  const { presence, diagnosis } = row;
  if (presence.kind !== 'recorded') return { symbol: ABSENT_MARKS[presence.kind], tone: 'plain' };
  const first = diagnosis?.findings[0];
  return first === undefined ? STATUS_MARKS[statusOf(row)] : findingMark(first);
}

/** The verdict of a host in a line, longest form first; of one without figures of now, where it stands. */
function verdictWords(row: HostRow): string[] {
  const { presence, diagnosis, header } = row;
  const where = presenceWords(presence);
  if (presence.kind === 'unreadable') return shorterWhys(presence.why);
  if (presence.kind === 'not-begun') return [`recording ${where ?? ''}`];
  const first = diagnosis?.findings[0];
  const recovered = first?.untilMs == null ? '' : 'recovered: ';
  const verdicts =
    first !== undefined
      ? titlesOf(first, header?.netns ?? null).map((title) => cells(`${recovered}${title}`))
      : diagnosis?.measuring === true
        ? ['measuring: a verdict needs two samples', 'measuring']
        : [diagnosis?.status === 'ok' ? 'no limit is hit' : 'unknown: not everything could be read'];
  const more = (diagnosis?.findings.length ?? 0) - 1;
  const others = more > 0 ? ` (and ${more} more)` : '';
  const titles = [`${verdicts[0] ?? ''}${others}`, ...verdicts];
  if (presence.kind === 'silent' && presence.why !== null)
    return [`${where ?? ''}: ${cells(presence.why)}`, ...shorterWhys(presence.why), where ?? ''];
  return where === null ? titles : titles.map((title) => `${where}; last: ${title}`);
}

/** Why nothing comes, longest form first: its first part, then what stands last in that. */
function shorterWhys(why: string): string[] {
  const whole = cells(why);
  const [first = whole] = whole.split('; ');
  return [whole, first, first.split(': ').at(-1) ?? first];
}

function nearestColumn({ window, header, presence }: HostRow): Segment {
  const first = presence.kind === 'recorded' ? nearestFirst(window?.ceilings ?? [])[0] : undefined;
  if (first === undefined) return column('-', NEAREST, 'left', 'dim');
  const title = cells(ceilingTitle(first, window?.last.netnsLabels ?? new Map(), header?.netns ?? null));
  const share = formatShare(first.share);
  const name = clipMiddle(title, NEAREST - share.length - 3);
  return seg(`${name} ${share}`.padEnd(NEAREST));
}

/** A host in a line of its own, for a terminal that is too small for columns. */
export function hostLine(row: HostRow, width: number): Line {
  const { symbol, tone } = markOf(row);
  const name = seg(`${symbol} ${row.name} `, 'strong');
  return [
    name,
    seg(
      firstThatFits(verdictWords(row), Math.max(1, width - widthOf([name]))),
      row.presence.kind === 'recorded' ? tone : 'dim',
    ),
  ];
}
