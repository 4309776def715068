import { cells, clipEnd } from '../draw/cells.js';
import { clipLine, seg, widthOf } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import type { Hint } from '../state/binding.js';
import { atTable } from '../state/host-order.js';
import { BINDINGS } from '../state/bindings.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import type { UiState } from '../state/ui-state.js';
import type { Prompt } from '../state/ui-state.js';
import { noticeText } from '../words/notices.js';
import { hasTimeLine } from './rule.js';
import type { Size } from '../draw/size.js';

const QUESTIONS: Readonly<Record<Prompt['asks'], string>> = {
  filter: 'filter by address, port, process or namespace: ',
  'go-to': 'go to (20:41:07, -2m, +30s): ',
  mark: 'note for this moment: ',
};

/** The open question, or the keys that matter here. */
export function footerView(state: ScreenState, ui: UiState, { width }: Size): Line[] {
  if (ui.prompt !== null) {
    const { asks, text } = ui.prompt;
    const question =
      asks === 'filter' && atTable(state) ? 'filter by host, file or verdict: ' : QUESTIONS[asks];
    const room = Math.max(1, width - question.length - 2);
    return [clipLine([seg(question, 'strong'), seg(text.slice(-room)), seg(' ', 'inverse')], width)];
  }
  const reading = ui.view.kind === 'help' || ui.view.kind === 'detail';
  const filter =
    ui.filter === '' || reading ? [] : [seg(`/${ui.filter}`, 'warning'), seg(' esc clears  ', 'dim')];
  const marks = ui.pin === null ? filter : [...filter, seg('pinned', 'warning'), seg(' p unpins  ', 'dim')];
  const on = reading ? 'text' : atTable(state) ? 'table' : ui.view.kind === 'pane' ? 'page' : 'panes';
  const message = hasTimeLine(state) ? (ui.reply ?? noticeText(state)) : null;
  if (message === null) return [clipLine([...marks, ...fitHints(on, state, width - widthOf(marks))], width)];
  const room = width - widthOf(marks) - widthOf(fitHints(on, state, KEPT_HINTS)) - 2;
  const said = [seg(clipEnd(cells(message), Math.max(1, room)), 'warning'), seg('  ')];
  return [clipLine([...marks, ...said, ...fitHints(on, state, width - widthOf([...marks, ...said]))], width)];
}

/** Which bottom line is drawn. */
type Place = 'panes' | 'page' | 'text' | 'table';

/** Columns that a message leaves to the keys: help and quit always fit. */
const KEPT_HINTS = 15;

/** Whole hints only, in the order of the table; of those that do not fit the least urgent go. */
function fitHints(on: Place, state: ScreenState, width: number): Line {
  const hints = BINDINGS.flatMap(({ shown, hint }) => {
    if (hint === undefined) return [];
    const usual = wordAt(hint, on, state);
    if (usual === null) return [];
    const word = shown === 'space' && state.frozen ? resumeWord(state) : usual;
    return [{ rank: hint.rank, line: [seg(hint.shown ?? shown, 'strong'), seg(` ${word}  `, 'dim')] }];
  });
  const gap = 2;
  let room = width + gap - hints.reduce((sum, hint) => sum + widthOf(hint.line), 0);
  const dropped = new Set<(typeof hints)[number]>();
  for (const hint of [...hints].sort((a, b) => b.rank - a.rank)) {
    if (room >= 0) break;
    dropped.add(hint);
    room += widthOf(hint.line);
  }
  const shown = hints.filter((hint) => !dropped.has(hint)).flatMap((hint) => hint.line);
  // Nothing follows the last one that it would have to stand apart from.
  return shown.map((segment, index) =>
    index === shown.length - 1 ? { ...segment, text: segment.text.trimEnd() } : segment,
  );
}

function wordAt(hint: Hint, on: Place, state: ScreenState): string | null {
  if (on === 'table') return hint[state.mode] === null ? null : (hint.table ?? null);
  if (hint.on !== (on === 'page' ? 'panes' : on) && hint.on !== 'both') return null;
  if (on !== 'panes' && hint.inPage !== undefined) return hint.inPage;
  const opened = state.hosts === undefined ? undefined : hint.opened;
  return opened === undefined ? hint[state.mode] : opened;
}

function resumeWord(state: ScreenState): string {
  return state.mode === 'live' ? 'resume' : 'play';
}
