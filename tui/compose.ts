import type { Plot } from './chart/plot.js';
import { clipLine } from './draw/line.js';
import type { Line } from './draw/line.js';
import type { Look } from './draw/sgr.js';
import { markMatches } from './draw/mark-matches.js';
import { layoutOf, layoutOfHosts, layoutOfOne, tooSmall } from './layout.js';
import type { Layout, PaneName, Rect } from './layout.js';
import type { ScreenState } from '../src/playback/screen-state.js';
import type { UiState } from './state/ui-state.js';
import { chartsView } from './views/charts.js';
import { chosenHostView } from './views/chosen-host.js';
import { coverageView } from './views/coverage.js';
import { detailLines } from './views/detail.js';
import { entriesView } from './views/entries.js';
import { eventsView } from './views/events.js';
import { footerView } from './views/footer.js';
import { headerView } from './views/header.js';
import { helpLines } from './views/help.js';
import { hostEventsView } from './views/host-events.js';
import { hostsView } from './views/hosts.js';
import { ladderView } from './views/ladder.js';
import { limitsView } from './views/limits.js';
import { ratesView } from './views/rates.js';
import { ruleView } from './views/rule.js';
import type { Size } from './draw/size.js';
import { commandInSmallView, smallView } from './views/small.js';
import { commandInVerdict, verdictView } from './views/verdict.js';
import { whoView } from './views/who.js';

/** A pane ready to be shown. */
export interface DrawnPane {
  readonly name: PaneName;
  readonly rect: Rect;
  readonly lines: readonly Line[];
  readonly plots: readonly Plot[];
}

/** A screen ready to be shown. */
export interface DrawnScreen {
  readonly panes: readonly DrawnPane[];
  /** The command that the verdict shows as a whole, if it does. */
  readonly command?: string | null;
  /** How far the view can be scrolled. */
  readonly maxScroll: number;
  /** Rows of the page that scroll; absent where nothing does. */
  readonly pageRows?: number;
}

/** The whole screen, as lines and plots: a pure function of what is known and of the terminal's size. */
export function composeScreen(state: ScreenState, ui: UiState, size: Size, look: Look): DrawnScreen {
  const drawn = composePanes(state, ui, size, look);
  const verdict = drawn.panes.find(({ name }) => name === 'verdict');
  return verdict === undefined ? drawn : { ...drawn, command: commandInVerdict(state, verdict.rect) };
}

function composePanes(state: ScreenState, ui: UiState, size: Size, look: Look): DrawnScreen {
  if (size.width < 1 || size.height < 1) return { panes: [], maxScroll: 0 };
  if (tooSmall(size.width, size.height)) {
    const rect = { left: 0, top: 0, ...size };
    // A question that stands must be seen to be answered.
    const question = ui.prompt === null ? [] : footerView(state, ui, size);
    const lines = [...question, ...smallView(state, size)];
    const command = commandInSmallView(state, size);
    return { panes: [clipPane('text', rect, lines)], maxScroll: 0, command };
  }
  const { view } = ui;
  if (state.hosts?.open === null && view.kind !== 'help')
    return {
      panes: panesOf(state, ui, layoutOfHosts(state.hosts.count, size.width, size.height), look),
      maxScroll: 0,
    };
  if (view.kind === 'main')
    return { panes: panesOf(state, ui, layoutOf(size.width, size.height), look), maxScroll: 0 };
  const name = view.kind === 'pane' ? view.pane : 'text';
  const layout = layoutOfOne(name, size.width, size.height);
  const rect = layout.get(name) ?? { left: 0, top: 0, width: 0, height: 0 };
  const around = (reply: string | null): DrawnPane[] =>
    panesOf(state, { ...ui, reply }, new Map([...layout].filter(([other]) => other !== name)), look);
  if (name === 'charts')
    return {
      panes: [...around(ui.reply), ...panesOf(state, ui, new Map([[name, rect]]), look)],
      maxScroll: 0,
    };
  const { lines, fixed } = longLines(state, ui, rect.width, look);
  const rows = rect.height - fixed;
  const maxScroll = Math.max(0, lines.length - fixed - rows);
  const from = fixed + Math.min(ui.scroll, maxScroll);
  const shown = [...lines.slice(0, fixed), ...lines.slice(from, from + rows)];
  const below = lines.length - from - rows;
  const reply = ui.reply ?? (below > 0 ? `${below} more ${below === 1 ? 'row' : 'rows'} below` : null);
  return { panes: [...around(reply), clipPane(name, rect, shown)], maxScroll, pageRows: rows };
}

/** All lines of a view that can be scrolled, of which the first `fixed` stay. */
function longLines(
  state: ScreenState,
  ui: UiState,
  width: number,
  look: Look,
): { readonly lines: readonly Line[]; readonly fixed: number } {
  switch (ui.view.kind) {
    case 'main':
      return { lines: [], fixed: 0 };
    case 'help':
      return { lines: helpLines(ui.ownKeys, width), fixed: 0 };
    case 'detail':
      return { lines: detailLines(state, ui.view.finding, width), fixed: 0 };
    case 'pane':
      return { lines: linesOf(ui.view.pane, state, ui, { width, height: Infinity }, look).lines, fixed: 1 };
  }
}

function panesOf(state: ScreenState, ui: UiState, layout: Layout, look: Look): DrawnPane[] {
  return [...layout].map(([name, rect]) => {
    const { lines, plots } = linesOf(name, state, ui, rect, look);
    return clipPane(name, rect, lines, plots);
  });
}

function linesOf(
  name: PaneName,
  state: ScreenState,
  ui: UiState,
  size: Size,
  look: Look,
): { readonly lines: readonly Line[]; readonly plots: readonly Plot[] } {
  if (name === 'charts') return chartsView(state, size, look.ascii);
  const lines = textLines(name, state, ui, size);
  return { lines: FILTERED.has(name) ? lines.map((line) => markMatches(line, ui.filter)) : lines, plots: [] };
}

/** The lists that the filter applies to: what matched is marked. */
const FILTERED: ReadonlySet<PaneName> = new Set([
  'ladder',
  'limits',
  'who',
  'events',
  'hosts',
  'host-events',
]);

function textLines(
  name: Exclude<PaneName, 'charts'>,
  state: ScreenState,
  ui: UiState,
  size: Size,
): readonly Line[] {
  switch (name) {
    case 'header':
      return headerView(state, size, ui.wallMs);
    case 'rule':
      return ruleView(state, size, ui.reply);
    case 'verdict':
      return verdictView(state, size);
    case 'ladder':
      return ladderView(state, size, ui.filter, ui.orders.ladder);
    case 'limits':
      return limitsView(state, size, ui.filter);
    case 'rates':
      return ratesView(state, size);
    case 'who':
      return whoView(state, size, ui.filter, ui.orders.who);
    case 'events':
      return eventsView(state, size, ui.filter);
    case 'coverage':
      return coverageView(state, size);
    case 'entries':
      return entriesView(state, size);
    case 'footer':
      return footerView(state, ui, size);
    case 'hosts':
      return hostsView(state, ui, size);
    case 'chosen-host':
      return chosenHostView(state, ui, size);
    case 'host-events':
      return state.hosts === undefined ? [] : hostEventsView(state.hosts, size, ui.filter);
    case 'text':
      return [];
  }
}

/** Whatever a view returns, its pane is never left. */
function clipPane(
  name: PaneName,
  rect: Rect,
  lines: readonly Line[],
  plots: readonly Plot[] = [],
): DrawnPane {
  return { name, rect, lines: lines.slice(0, rect.height).map((line) => clipLine(line, rect.width)), plots };
}
