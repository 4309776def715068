import type { Action } from './binding.js';
import { atTable, chosenRow, tableRows } from './host-order.js';
import type { ScreenCommand, ScreenState } from '../../src/playback/screen-state.js';
import { copyableCommand } from '../words/fix-text.js';
import type { Prompt, UiState, View } from './ui-state.js';

/** What a key led to. */
export interface Outcome {
  readonly ui: UiState;
  readonly command?: ScreenCommand;
  /** Text for the clipboard. */
  readonly copy?: string;
  readonly suspend?: true;
}

/** Rows that page up and page down move. */
const PAGE = 10;
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
      if (ui.view.kind === 'main' && ui.filter === '' && state?.hosts !== undefined) return showTable(ui);
      return {
        ui: { ...ui, view: { kind: 'main' }, scroll: 0, filter: ui.view.kind === 'main' ? '' : ui.filter },
      };
    case 'hosts':
      return state?.hosts === undefined
        ? { ui: { ...ui, reply: 'one host is shown; ctdiag replay A B … shows several' } }
        : showTable(ui);
    case 'next-finding': {
      const count = state?.diagnosis?.findings.length ?? 0;
      if (count === 0) return { ui: { ...ui, reply: 'there is no finding to go to' } };
      if (ui.view.kind !== 'detail')
        return {
          ui: { ...ui, reply: `enter opens the finding${count > 1 ? '; tab then goes to the next' : ''}` },
        };
      if (count === 1) return { ui: { ...ui, reply: 'there is no other finding' } };
      return { ui: { ...ui, view: { kind: 'detail', finding: (ui.view.finding + 1) % count }, scroll: 0 } };
    }
    case 'scroll':
      return {
        ui: { ...ui, scroll: Math.max(0, ui.scroll + (action.by === 'page' ? PAGE : 1) * action.direction) },
      };
    case 'ask':
      return {
        ui: { ...ui, prompt: { asks: action.asks, text: action.asks === 'filter' ? ui.filter : '' } },
      };
    case 'copy': {
      const command = copyableCommand(state, ui.view.kind === 'detail' ? ui.view.finding : 0);
      return command === null
        ? { ui: { ...ui, reply: 'there is no command to copy' } }
        : { ui: { ...ui, reply: `copied: ${command}` }, copy: command };
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
      const rows = tableRows(state, ui.filter);
      const from = rows.findIndex(({ place }) => place === chosen?.place);
      const to = from + (action.by === 'page' ? PAGE : 1) * action.direction;
      return { ui: { ...ui, host: rows[Math.min(rows.length - 1, Math.max(0, to))]?.place ?? null } };
    }
    case 'next-finding':
    case 'copy':
      return { ui: { ...ui, reply: 'enter opens the host' } };
    case 'back':
    case 'hosts':
      return { ui: { ...ui, filter: '' } };
    case 'command':
    case 'ask':
    case 'suspend':
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
      return { ui: { ...ui, prompt: null } };
    case 'enter':
      return answerPrompt({ ...ui, prompt: null }, prompt);
    case 'backspace':
      return { ui: { ...ui, prompt: { ...prompt, text: prompt.text.slice(0, -1) } } };
    default:
      return /^[^\p{C}]+$/u.test(key.character)
        ? {
            ui: {
              ...ui,
              prompt: { ...prompt, text: (prompt.text + key.character).slice(0, LONGEST_PROMPT) },
            },
          }
        : { ui };
  }
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
