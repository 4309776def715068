import { cells, clipMiddle } from '../draw/cells.js';
import type { Line } from '../draw/line.js';
import { chosenRow } from '../state/host-order.js';
import { CHOSEN_ROWS } from '../layout.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import type { UiState } from '../state/ui-state.js';
import { heading } from '../draw/heading.js';
import { ladderView } from './ladder.js';
import type { Size } from '../draw/size.js';
import { verdictView } from './verdict.js';

/** What the chosen host's own screen says on top: since when, how sure, what to do; with room, its ceilings too. */
export function chosenHostView(state: ScreenState, ui: UiState, { width, height }: Size): Line[] {
  const { hosts } = state;
  const row = chosenRow(state, ui)?.row;
  if (hosts === undefined || row === undefined) return [];
  const { header, window, diagnosis } = row;
  const alone: ScreenState = {
    ...state,
    header,
    window,
    diagnosis,
    frames: window === null ? [] : [window.last],
    hosts: { ...hosts, open: row },
  };
  // A host that is connected to has no file but its name.
  const file = row.file === row.name ? '' : clipMiddle(cells(row.file), width - cells(row.name).length - 4);
  const verdict = [
    heading(row.name, file, [], width),
    ...verdictView(alone, { width, height: CHOSEN_ROWS - 1 }),
  ];
  if (height <= CHOSEN_ROWS) return verdict;
  const space = Array.from({ length: CHOSEN_ROWS - verdict.length }, (): Line => []);
  return [...verdict, ...space, ...ladderView(alone, { width, height: height - CHOSEN_ROWS }, '')];
}
