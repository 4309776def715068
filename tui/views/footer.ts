import { clipLine, seg, widthOf } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import { BINDINGS } from '../keys.js';
import type { Binding } from '../keys.js';
import type { ScreenState } from '../screen-state.js';
import type { Prompt, UiState } from '../ui-state.js';
import type { Size } from './size.js';

const QUESTIONS: Readonly<Record<Prompt['asks'], string>> = {
  filter: 'filter by address, port, process or namespace: ',
  'go-to': 'go to (20:41:07, -2m, +30s): ',
  mark: 'mark this moment, note: ',
};

/** The question that stands, or the keys that matter here. */
export function footerView(state: ScreenState, ui: UiState, { width }: Size): Line[] {
  if (ui.prompt !== null) {
    const { asks, text } = ui.prompt;
    const question = QUESTIONS[asks];
    const room = Math.max(1, width - question.length - 2);
    return [clipLine([seg(question, 'strong'), seg(text.slice(-room)), seg(' ', 'inverse')], width)];
  }
  const reading = ui.view.kind === 'help' || ui.view.kind === 'detail';
  const alwaysShown = ['q'];
  const shown = BINDINGS.filter(
    (one) => one.footer === (reading ? 'text' : 'panes') || (reading && alwaysShown.includes(one.shown)),
  );
  let line: Line =
    ui.filter === '' || reading ? [] : [seg(`/${ui.filter}`, 'warning'), seg(' esc all  ', 'dim')];
  for (const one of fitted(shown, state, width - widthOf(line))) line = [...line, ...one];
  return [clipLine(line, width)];
}

/** Whole hints only; those that do not fit are left out, the last two (help and quit) last of all. */
function fitted(bindings: readonly Binding[], state: ScreenState, width: number): Line[] {
  const hints = bindings.map((one) => hint(one, state));
  while (hints.length > 2 && hints.reduce((sum, one) => sum + widthOf(one), -2) > width)
    hints.splice(hints.length - 3, 1);
  return hints;
}

function hint({ shown, short }: Binding, state: ScreenState): Line {
  const paused = state.frozen && shown === 'space';
  const words = paused ? (state.mode === 'live' ? 'go on' : 'play') : (short?.[state.mode] ?? '');
  return [seg(shown, 'strong'), seg(` ${words}  `, 'dim')];
}
