import type { DrawnPane } from '../compose.js';
import { timelineMoment } from '../views/rule.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { applyAction } from './reduce.js';
import type { Outcome } from './reduce.js';
import { atTable, shownRows } from './host-order.js';
import type { UiState, ZoomPane } from './ui-state.js';

/** What the mouse did, in cells from the top left. */
export interface MouseEvent {
  readonly action: 'click' | 'wheel-up' | 'wheel-down';
  readonly x: number;
  readonly y: number;
}

/** Rows that one notch of the wheel scrolls. */
const NOTCH = 3;

const ZOOMED: ReadonlySet<string> = new Set<ZoomPane>([
  'ladder',
  'limits',
  'rates',
  'charts',
  'who',
  'events',
  'coverage',
]);

/** What a click or the wheel does; `null` where it does nothing. */
export function applyMouse(
  before: UiState,
  event: MouseEvent,
  state: ScreenState,
  panes: readonly DrawnPane[],
): Outcome | null {
  const ui = { ...before, reply: null };
  if (event.action !== 'click') return scrollBy(ui, event.action === 'wheel-up' ? -1 : 1, state);
  const pane = panes.find(
    ({ rect }) =>
      event.x >= rect.left &&
      event.x < rect.left + rect.width &&
      event.y >= rect.top &&
      event.y < rect.top + rect.height,
  );
  if (pane === undefined) return null;
  const row = event.y - pane.rect.top;
  if (pane.name === 'rule') return seekTo(ui, event.x, pane.rect.width, state);
  if (pane.name === 'hosts') return clickHost(ui, row, pane.rect.height, state);
  if (pane.name === 'verdict' || pane.name === 'chosen-host') return applyAction(ui, { do: 'detail' }, state);
  if (!ZOOMED.has(pane.name)) return null;
  // On a page a click on its heading closes it; elsewhere a click opens the pane as a page.
  if (ui.view.kind === 'pane' && row > 0) return null;
  return applyAction(ui, { do: 'show', view: { kind: 'pane', pane: pane.name as ZoomPane } }, state);
}

function scrollBy(ui: UiState, direction: 1 | -1, state: ScreenState): Outcome | null {
  if (atTable(state) && ui.view.kind !== 'help')
    return applyAction(ui, { do: 'scroll', by: 'row', direction }, state);
  if (ui.view.kind === 'main') return null;
  return { ui: { ...ui, scroll: Math.max(0, ui.scroll + NOTCH * direction) } };
}

/** A click on the time line goes there: as a step from the moment shown, as a person would type it. */
function seekTo(ui: UiState, x: number, width: number, state: ScreenState): Outcome | null {
  const moment = timelineMoment(state, width, x);
  if (moment === null || state.timeline === undefined) return null;
  const seconds = Math.round((moment - state.timeline.atMs) / 1000);
  return { ui, command: { kind: 'go-to', time: `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}s` } };
}

/** The first click on a host chooses it, the second opens it. */
function clickHost(ui: UiState, row: number, height: number, state: ScreenState): Outcome | null {
  const place = shownRows(state, ui, height - 1)[row - 1]?.place;
  if (place === undefined) return null;
  return place === ui.host ? applyAction(ui, { do: 'detail' }, state) : { ui: { ...ui, host: place } };
}
