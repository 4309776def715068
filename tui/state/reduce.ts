import type { Action } from './binding.js';
import { atTable, chosenRow, tableRows } from './host-order.js';
import type { ScreenCommand, ScreenState } from '../../src/playback/screen-state.js';
import { firstCommand } from '../words/next-command.js';
import { pinOf } from './pin.js';
import { ORDERS } from './ui-state.js';
import type { Prompt, SortedPane, UiState, View } from './ui-state.js';

/** What a key led to. */
export interface Outcome {
  readonly ui: UiState;
  readonly command?: ScreenCommand;
  /** A command for the clipboard. */
  readonly copy?: string;
  readonly suspend?: true;
}

const LONGEST_PROMPT = 200;

/** What an action of the binding table does. */
export function applyAction(before: UiState, action: Action, state: ScreenState | null): Outcome {
  const ui = { ...before, reply: null };
  if (state !== null && atTable(state) && ui.view.kind !== 'help') {
    const outcome = applyAtTable(ui, action, state);
    if (outcome !== null) return outcome;
  }
  switch (action.do) {
    case 'command':
      return { ui, command: action.command };
    case 'suspend':
      return { ui, suspend: true };
    case 'show':
      return { ui: showView(ui, action.view) };
    case 'detail':
      return { ui: showView(ui, { kind: 'detail', finding: 0 }) };
    case 'back':
      if (ui.view.kind !== 'main') return { ui: closePage(ui) };
      if (ui.filter !== '') return { ui: { ...ui, filter: '' } };
      return state?.hosts === undefined ? { ui: { ...ui, reply: 'q quits' } } : showTable(ui);
    case 'close':
      if (ui.view.kind !== 'main') return { ui: closePage(ui) };
      return state?.hosts?.open == null ? { ui, command: { kind: 'quit', reason: 'key' } } : showTable(ui);
    case 'jump':
      return isScrolled(ui.view)
        ? { ui: { ...ui, scroll: action.to === 'start' ? 0 : Number.MAX_SAFE_INTEGER } }
        : { ui, command: { kind: 'jump', to: action.to } };
    case 'order':
      return { ui: nextOrder(ui, orderedPane(ui.view), action.direction) };
    case 'toggle-mouse':
      return {
        ui: {
          ...ui,
          mouse: !ui.mouse,
          reply: ui.mouse
            ? 'mouse off: the terminal selects text'
            : 'mouse on: click panes and the time line',
        },
      };
    case 'hosts':
      return state?.hosts === undefined
        ? {
            ui: {
              ...ui,
              reply: 'only one host is shown; ctdiag top A B … and ctdiag replay A B … show several',
            },
          }
        : showTable(ui);
    case 'next-finding': {
      const count = state?.diagnosis?.findings.length ?? 0;
      if (count === 0) return { ui: { ...ui, reply: 'no findings' } };
      if (ui.view.kind !== 'detail')
        return {
          ui: { ...ui, reply: `enter opens the finding${count > 1 ? '; tab then goes to the next' : ''}` },
        };
      if (count === 1) return { ui: { ...ui, reply: 'no other finding' } };
      return { ui: { ...ui, view: { kind: 'detail', finding: (ui.view.finding + 1) % count }, scroll: 0 } };
    }
    case 'entries':
      return {
        ui: showView(ui, { kind: 'pane', pane: 'entries' }),
        ...(state?.mode === 'live' && state.hosts === undefined ? { command: { kind: 'list-entries' } } : {}),
      };
    case 'pin':
      return { ui: togglePin(ui, state) };
    case 'scroll':
      return {
        ui: { ...ui, scroll: Math.max(0, ui.scroll + rowsOf(ui, action.by) * action.direction) },
      };
    case 'ask':
      return {
        ui: {
          ...ui,
          prompt: {
            asks: action.asks,
            text: action.asks === 'filter' ? ui.filter : '',
            filterBefore: ui.filter,
          },
        },
      };
    case 'copy': {
      // What is copied is what is seen: a check on the screen must not be a change in the clipboard.
      const command = ui.view.kind === 'detail' ? firstCommand(state, ui.view.finding) : ui.shownCommand;
      if (command !== null) return { ui, copy: command };
      const isLonger = (state?.diagnosis?.findings.length ?? 0) > 0 && ui.view.kind !== 'detail';
      const reply = isLonger ? 'enter shows the whole command; c copies it there' : 'no command to copy';
      return { ui: { ...ui, reply } };
    }
  }
}

/** What an action does at the table of hosts; `null` where it does what it does everywhere. */
function applyAtTable(ui: UiState, action: Action, state: ScreenState): Outcome | null {
  const chosen = chosenRow(state, ui);
  switch (action.do) {
    case 'detail':
      return openHost(ui, { kind: 'main' }, chosen?.place ?? null);
    case 'show':
      return action.view.kind === 'help' ? null : openHost(ui, action.view, chosen?.place ?? null);
    case 'scroll': {
      const rows = tableRows(state, ui);
      const from = rows.findIndex(({ place }) => place === chosen?.place);
      const to = from + rowsOf(ui, action.by) * action.direction;
      return { ui: { ...ui, host: rows[Math.min(rows.length - 1, Math.max(0, to))]?.place ?? null } };
    }
    case 'next-finding':
    case 'pin':
    case 'entries':
    case 'copy':
      return { ui: { ...ui, reply: 'enter opens the host' } };
    case 'back':
    case 'hosts':
      return { ui: { ...ui, filter: '' } };
    case 'order':
      return { ui: nextOrder(ui, 'hosts', action.direction) };
    case 'jump':
    case 'close':
    case 'command':
    case 'ask':
    case 'suspend':
    case 'toggle-mouse':
      return null;
  }
}

function openHost(ui: UiState, view: View, host: number | null): Outcome {
  if (host === null) return { ui: { ...ui, reply: `nothing matches /${ui.filter}` } };
  // What the table was filtered by, a host's lists are not.
  return { ui: { ...ui, view, scroll: 0, filter: '', host }, command: { kind: 'open-host', host } };
}

function showTable(ui: UiState): Outcome {
  return {
    ui: { ...ui, view: { kind: 'main' }, scroll: 0, filter: '' },
    command: { kind: 'open-host', host: null },
  };
}

/** Pins the finding that is shown, or lets go of the pinned one. */
function togglePin(ui: UiState, state: ScreenState | null): UiState {
  const finding = state?.diagnosis?.findings[ui.view.kind === 'detail' ? ui.view.finding : 0];
  if (finding === undefined) return { ...ui, pin: null, reply: 'no finding to pin' };
  if (ui.pin === pinOf(finding)) return { ...ui, pin: null, reply: 'unpinned: the worst is first' };
  const view: View = ui.view.kind === 'detail' ? { kind: 'detail', finding: 0 } : ui.view;
  return { ...ui, view, pin: pinOf(finding), reply: 'pinned: stays first while it lasts; p unpins' };
}

/** What a key does while a question stands. */
export function typeIntoPrompt(
  before: UiState,
  prompt: Prompt,
  key: { readonly name: string; readonly character: string },
): Outcome {
  const ui = { ...before, reply: null };
  switch (key.name) {
    case 'C-c':
    case 'escape':
      return { ui: { ...ui, prompt: null, filter: prompt.filterBefore } };
    case 'enter':
      return answerPrompt({ ...ui, prompt: null }, prompt);
    case 'backspace':
      return { ui: editPrompt(ui, prompt, prompt.text.slice(0, -1)) };
    case 'C-u':
      return { ui: editPrompt(ui, prompt, '') };
    default:
      return /^[^\p{C}]+$/u.test(key.character)
        ? { ui: editPrompt(ui, prompt, (prompt.text + key.character).slice(0, LONGEST_PROMPT)) }
        : { ui };
  }
}

/** The question with another text; a filter takes effect at once. */
function editPrompt(ui: UiState, prompt: Prompt, text: string): UiState {
  const edited = { ...ui, prompt: { ...prompt, text } };
  return prompt.asks === 'filter' ? { ...edited, filter: text, scroll: 0 } : edited;
}

function closePage(ui: UiState): UiState {
  return { ...ui, view: { kind: 'main' }, scroll: 0 };
}

/** Whether a page is shown that may be longer than the screen. */
function isScrolled(view: View): boolean {
  return view.kind !== 'main' && !(view.kind === 'pane' && view.pane === 'charts');
}

function rowsOf({ pageRows }: UiState, by: 'row' | 'half' | 'page'): number {
  return by === 'row' ? 1 : Math.max(1, by === 'half' ? Math.floor(pageRows / 2) : pageRows - 1);
}

/** The list on the page that can be sorted; without a page, the ladder. */
function orderedPane(view: View): SortedPane {
  return view.kind === 'pane' && view.pane === 'who' ? 'who' : 'ladder';
}

function nextOrder(ui: UiState, pane: SortedPane, direction: 1 | -1): UiState {
  const orders: readonly string[] = ORDERS[pane];
  const next = orders.at((orders.indexOf(ui.orders[pane]) + direction) % orders.length);
  return { ...ui, orders: { ...ui.orders, [pane]: next }, scroll: 0, reply: `sorted by ${next ?? ''}` };
}

function answerPrompt(ui: UiState, { asks, text }: Prompt): Outcome {
  switch (asks) {
    case 'filter':
      return { ui: { ...ui, filter: text, scroll: 0 } };
    case 'go-to':
      return text.trim() === '' ? { ui } : { ui, command: { kind: 'go-to', time: text.trim() } };
    case 'mark':
      return { ui, command: { kind: 'mark', note: text } };
  }
}

/** The same key twice goes back. */
function showView(ui: UiState, view: View): UiState {
  const same =
    ui.view.kind === view.kind &&
    (view.kind !== 'pane' || (ui.view.kind === 'pane' && ui.view.pane === view.pane));
  return { ...ui, view: same ? { kind: 'main' } : view, scroll: 0 };
}
