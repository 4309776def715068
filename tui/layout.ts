/** A rectangle of cells. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The panes of the screen; each is drawn by the view of the same name. */
export type PaneName =
  | 'header'
  | 'rule'
  | 'verdict'
  | 'ladder'
  | 'limits'
  | 'rates'
  | 'charts'
  | 'who'
  | 'events'
  | 'coverage'
  | 'entries'
  | 'text'
  | 'hosts'
  | 'chosen-host'
  | 'host-events'
  | 'footer';

/** Where each pane stands; a pane for which there is no room is absent. */
export type Layout = ReadonlyMap<PaneName, Rect>;

/** Below this the panes cannot be read: the screen says the same in plain lines. */
export const SMALLEST = { width: 60, height: 16 } as const;

/** From here two panes stand side by side. */
const WIDE = 110;
/** From here the limits stand beside the ladder. */
const VERY_WIDE = 160;

/** Whether only lines fit, not panes. */
export function tooSmall(width: number, height: number): boolean {
  return width < SMALLEST.width || height < SMALLEST.height;
}

type Stacked = 'verdict' | 'ladder' | 'rates' | 'charts' | 'who' | 'events';
type Step = readonly [Stacked, number];

// What each further row is worth, most urgent first; a step that does not fit is left out.
const LEAST: readonly Step[] = [
  ['verdict', 3],
  ['ladder', 4],
  ['rates', 5],
];

// 21 rows between the rules of an 80x24 terminal.
const NARROW: readonly Step[] = [
  ['who', 2],
  ['events', 2],
  ['verdict', 1],
  ['ladder', 2],
  ['who', 1],
  ['events', 1],
  ['charts', 8],
  ['ladder', 1],
  ['rates', 1],
  ['events', 1],
];

// `who` and `events` share their rows.
const SIDE_BY_SIDE: readonly Step[] = [
  ['who', 2],
  ['verdict', 1],
  ['ladder', 2],
  ['who', 1],
  ['ladder', 1],
  ['charts', 8],
  ['rates', 1],
  ['who', 1],
  ['verdict', 1],
  ['charts', 2],
  ['ladder', 1],
];

/** Where the rows of a large terminal go, in turn, and up to what height. */
const GROWTH: readonly Stacked[] = ['ladder', 'charts', 'who', 'rates', 'charts', 'events'];
const TALLEST: Readonly<Record<Stacked, number>> = {
  verdict: 6,
  ladder: 24,
  rates: 11,
  charts: 24,
  who: 16,
  events: 16,
};

/** Places the panes on a screen of this size. Only the size decides, so nothing jumps as figures change. */
export function layoutOf(width: number, height: number): Layout {
  const wide = width >= WIDE;
  const heights = heightsOf(height - 3, wide);
  const layout = new Map<PaneName, Rect>([
    ['header', { left: 0, top: 0, width, height: 1 }],
    ['rule', { left: 0, top: 1, width, height: 1 }],
  ]);
  let top = 2;
  for (const pane of ['verdict', 'ladder', 'rates', 'charts', 'who', 'events'] as const) {
    const rows = heights[pane];
    if (rows === 0) continue;
    const row = { left: 0, top, width, height: rows };
    if (pane === 'ladder' && width >= VERY_WIDE) splitRow(layout, row, ['ladder', 'limits'], 0.64);
    else if (pane === 'who' && wide) splitRow(layout, row, ['who', 'events'], 0.54);
    else layout.set(pane, row);
    top += rows;
  }
  layout.set('footer', { left: 0, top: height - 1, width, height: 1 });
  return layout;
}

/** One pane on the whole screen, under the first rows of the verdict; a text needs no verdict above it. */
export function layoutOfOne(pane: PaneName, width: number, height: number): Layout {
  const verdict = pane === 'text' ? 0 : 2;
  const layout = new Map<PaneName, Rect>([
    ['header', { left: 0, top: 0, width, height: 1 }],
    ['rule', { left: 0, top: 1, width, height: 1 }],
  ]);
  if (verdict > 0) layout.set('verdict', { left: 0, top: 2, width, height: verdict });
  layout.set(pane, { left: 0, top: 2 + verdict, width, height: height - 3 - verdict });
  layout.set('footer', { left: 0, top: height - 1, width, height: 1 });
  return layout;
}

/** Rows of the chosen host's verdict under the table, its heading among them. */
export const CHOSEN_ROWS = 6;
/** What its ceilings take at the most below that, where the events keep as much. */
const MOST_CEILINGS = 12;
/** What the events keep, their heading among them, however many hosts there are. */
const LEAST_EVENTS = 4;

/** The table of so many hosts, the chosen one's verdict, and what happened on all of them. */
export function layoutOfHosts(hosts: number, width: number, height: number): Layout {
  const body = height - 3;
  const table = Math.min(hosts + 1, Math.max(3, body - CHOSEN_ROWS - LEAST_EVENTS));
  const left = body - table - CHOSEN_ROWS;
  const ceilings = left < 16 ? 0 : Math.min(MOST_CEILINGS, Math.floor(left / 2));
  const rows = [
    ['header', 1],
    ['rule', 1],
    ['hosts', table],
    ['chosen-host', CHOSEN_ROWS + ceilings],
    ['host-events', left - ceilings],
    ['footer', 1],
  ] as const;
  const layout = new Map<PaneName, Rect>();
  let top = 0;
  for (const [name, rowsOf] of rows) {
    layout.set(name, { left: 0, top, width, height: rowsOf });
    top += rowsOf;
  }
  return layout;
}

function splitRow(
  layout: Map<PaneName, Rect>,
  row: Rect,
  [first, second]: readonly [PaneName, PaneName],
  share: number,
): void {
  const left = Math.floor(row.width * share);
  layout.set(first, { ...row, width: left });
  layout.set(second, { ...row, left: left + 2, width: row.width - left - 2 });
}

function heightsOf(body: number, wide: boolean): Record<Stacked, number> {
  const heights = { verdict: 0, ladder: 0, rates: 0, charts: 0, who: 0, events: 0 };
  let left = body;
  for (const [pane, rows] of [...LEAST, ...(wide ? SIDE_BY_SIDE : NARROW)]) {
    if (rows > left) continue;
    heights[pane] += rows;
    left -= rows;
  }
  // Short terminals have no charts: what is left makes the ladder longer.
  const growing = heights.charts === 0 ? (['ladder'] as const) : GROWTH;
  for (let turn = 0, full = 0; left > 0 && full < growing.length; turn += 1) {
    const pane = growing[turn % growing.length] ?? 'ladder';
    if (heights[pane] >= TALLEST[pane] || (wide && pane === 'events')) {
      full += 1;
      continue;
    }
    full = 0;
    heights[pane] += 1;
    left -= 1;
  }
  heights.charts += left;
  return heights;
}
