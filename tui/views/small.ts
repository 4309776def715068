import type { Finding } from '../../src/diagnose/index.js';
import { formatRate, titleOf, formatClock } from '../../src/render/index.js';
import { cells, wrapText } from '../draw/cells.js';
import { wrapCommand } from '../draw/wrap-command.js';
import { seg, textLine } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import { atTable, tableRows } from '../state/host-order.js';
import { hostNetns, shownAtMs, sinceWords } from '../state/moments.js';
import { ratesOf } from '../chart/rate-series.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { INITIAL_UI } from '../state/ui-state.js';
import { firstCommand } from '../words/next-command.js';
import { hostLine } from './hosts.js';
import { sourceCandidates } from '../words/source-words.js';
import type { Size } from '../draw/size.js';
import { findingMark, STATUS_MARKS } from '../draw/symbols.js';
import { verdictView } from './verdict.js';

/** The screen as plain lines, for a terminal too small for panes: the most important first. */
export function smallView(state: ScreenState, size: Size): Line[] {
  if (atTable(state))
    return [
      ...tableRows(state, INITIAL_UI).map(({ row }) => hostLine(row, size.width)),
      ...momentLines(state, `${state.hosts?.count ?? 0} hosts`, size.width),
    ].slice(0, size.height);
  const { width } = size;
  const first = state.diagnosis?.findings[0];
  const wrap = (text: string): string[] => wrapText(cells(text), width);
  const lines: Line[] = [];
  if (first === undefined) lines.push(...verdictView(state, { width, height: 2 }));
  else {
    lines.push(...findingLines(state, first, width));
    lines.push(...wrap(sinceWords(state, first)).map((text) => textLine(text)));
    for (const other of state.diagnosis?.findings.slice(1) ?? [])
      lines.push(textLine(`${STATUS_MARKS[other.severity].symbol} ${titleOf(other, hostNetns(state))}`));
  }
  const rates = ratesOf(state.frames)
    .slice(0, 4)
    .map((rate) => `${rate.title} ${formatRate(rate.now)}/s`);
  if (state.frames.length > 0) lines.push(...wrap(rates.join(', ')).map((text) => textLine(text)));
  lines.push(...momentLines(state, sourceCandidates(state)[0] ?? '', width));
  return lines.slice(0, size.height);
}

/** What is wrong, and the first command. */
function findingLines(state: ScreenState, first: Finding, width: number): Line[] {
  const { symbol, tone } = findingMark(first);
  const title = wrapText(cells(`${symbol} ${titleOf(first, hostNetns(state))}`), width);
  const command = wrapCommand(cells(firstCommand(state, 0) ?? ''), width);
  return [...title.map((text) => textLine(text, tone)), ...command.map((text) => textLine(text, 'accent'))];
}

/** The command that stands there as a whole; `null` where the terminal is too small for that. */
export function commandInSmallView(state: ScreenState, { width, height }: Size): string | null {
  const first = state.diagnosis?.findings[0];
  if (atTable(state) || first === undefined) return null;
  return findingLines(state, first, width).length <= height ? firstCommand(state, 0) : null;
}

function momentLines(state: ScreenState, words: string, width: number): Line[] {
  const at = shownAtMs(state);
  const clock = at === undefined ? '' : ` ${formatClock(at)}`;
  const mode =
    state.mode === 'live' ? (state.frozen ? 'frozen' : 'live') : state.frozen ? 'paused' : 'replay';
  return [
    ...wrapText(cells(`${mode}${clock}; ${words}`), width).map((text) => textLine(text, 'dim')),
    [seg('q quit; full screen needs 60x16', 'dim')],
  ];
}
