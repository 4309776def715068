import type { Finding } from '../../src/diagnose/index.js';
import { nearestFirst } from '../../src/model/index.js';
import type { CeilingStats } from '../../src/model/index.js';
import {
  blindSpotWords,
  isForRoot,
  confidenceWords,
  formatCount,
  formatDuration,
  formatLimit,
  formatRate,
  formatShare,
  titleOf,
  titlesOf,
} from '../../src/render/index.js';
import { cells, firstThatFits, firstThatFitsRows, wrapText } from '../draw/cells.js';
import { seg, alignEnds, textLine, widthOf } from '../draw/line.js';
import type { Line, Segment } from '../draw/line.js';
import { ceilingName } from '../words/ceiling-name.js';
import { isFarFromFull } from '../words/far-from-full.js';
import { hostNetns, sinceWords } from '../state/moments.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { wrapCommand } from '../draw/wrap-command.js';
import { raisedWords } from '../words/raised-limit.js';
import { nextCommands } from '../words/next-command.js';
import type { NextCommand } from '../words/next-command.js';
import { absenceLines } from '../words/presence.js';
import type { Size } from '../draw/size.js';
import { sourceCandidates } from '../words/source-words.js';
import { findingMark, markSegment, STATUS_MARKS } from '../draw/symbols.js';

const INDENT = '  ';
/** Rows beside the command from which on a title of two leaves room for since when and how sure. */
const ROOM_FOR_LONG_TITLE = 3;

/** What is wrong, since when, how sure, and the next command; or how far the nearest limit is. */
export function verdictView(state: ScreenState, size: Size): Line[] {
  const absence = absenceAbove(state, size.width);
  if (absence.length === 0) return verdictOf(state, size);
  const height = size.height - absence.length;
  return state.window === null || height < 1
    ? absence
    : [...absence, ...verdictOf(state, { ...size, height })];
}

/** Where one of several hosts is open, why nothing is known of it at that moment. */
function absenceAbove({ hosts }: ScreenState, width: number): Line[] {
  return hosts?.open == null ? [] : absenceLines(hosts.open, hosts.atMs, width);
}

function verdictOf(state: ScreenState, size: Size): Line[] {
  const { diagnosis, window } = state;
  if (diagnosis === null || window === null) return waitingVerdict(state, size);
  const [first, ...others] = diagnosis.findings;
  if (first !== undefined) return findingVerdict(state, first, others, size);
  if (diagnosis.measuring) return [textLine('… measuring: a verdict needs two samples', 'strong')];
  return diagnosis.status === 'unknown'
    ? blindVerdict(state, size)
    : healthyVerdict(state, window.ceilings, size);
}

function findingVerdict(
  state: ScreenState,
  first: Finding,
  others: readonly Finding[],
  { width, height }: Size,
): Line[] {
  const mark = findingMark(first);
  const titles = titlesOf(first, hostNetns(state)).map((title) => cells(title));
  // A second row of the title must not push out since when and how sure.
  const { lines: command, effect: itsEffect } = commandLines(state, first, width, rowsForCommand(height));
  const effect = raisedWords(state, first) ?? itsEffect;
  const title =
    height - command.length < ROOM_FOR_LONG_TITLE
      ? [firstThatFits(titles, width - 2)]
      : wrapText(titles[0] ?? '', width - 2, 2);
  const lines: Line[] = title.map((text, row) => [
    row === 0 ? markSegment(mark) : seg(INDENT),
    seg(text, mark.tone),
  ]);
  const isFull = height <= title.length + 1 + command.length;
  const hidden = others.length > 0 && isFull ? `${others.length} more: enter, then tab` : null;
  if (height - lines.length > 1)
    lines.push([seg(INDENT), seg(firstThatFits(sureCandidates(state, first, hidden), width - 2))]);
  lines.push(...command.slice(0, Math.max(1, height - lines.length)));
  if (others.length === 0 && effect !== null && lines.length < height)
    lines.push([
      seg(`${INDENT}     `),
      seg(firstThatFits([effect, ...effect.split('; ').slice(0, 1)], width - 7), 'dim'),
    ]);
  const room = height - lines.length;
  const shown = others.length > room ? Math.max(0, room - 1) : others.length;
  for (const other of others.slice(0, shown))
    lines.push([
      markSegment(findingMark(other)),
      seg(firstThatFits([titleOf(other, hostNetns(state))], width - 2), findingMark(other).tone),
    ]);
  if (shown < others.length && room > 0)
    lines.push(textLine(`${INDENT}and ${others.length - shown} more: enter, then tab`, 'dim'));
  return lines;
}

/** The command that the verdict shows as a whole in that size, as it is to be copied; `null` where it shows none. */
export function commandInVerdict(state: ScreenState, { width, height: rows }: Size): string | null {
  const [first] = state.diagnosis?.findings ?? [];
  const height = rows - absenceAbove(state, width).length;
  return first === undefined ? null : commandLines(state, first, width, rowsForCommand(height)).command;
}

/** Beside the title and since when. */
function rowsForCommand(height: number): number {
  return Math.max(1, height - 2);
}

/** Since when and how sure, longest form first. */
function sureCandidates(state: ScreenState, finding: Finding, hidden: string | null): string[] {
  const since = sinceWords(state, finding);
  const sure = confidenceWords(finding);
  const [level = sure] = sure.split(':');
  const shorter = [`${since} · ${level}`, since];
  return hidden === null
    ? [
        `${since} · ${sure}`,
        `${since} · ${sure.replace(/ \(\d+ %\)/, '')}`,
        `${since} · ${level}; enter says why`,
        ...shorter,
      ]
    : [...shorter.map((text) => `${text} · ${hidden}`), hidden, ...shorter];
}

interface CommandLines {
  readonly lines: Line[];
  /** What the lines show, as a whole; `null` where they show none. */
  readonly command: string | null;
  readonly effect: string | null;
}

/**
 * The next command, with what it is for and what it does where there is room. Of one that does not fit as a whole the
 * next one that does is shown: a line that breaks off is no command.
 */
function commandLines(state: ScreenState, finding: Finding, width: number, rows: number): CommandLines {
  if (finding.untilMs !== null && finding.fixes.length === 0) {
    const words = 'recovered: nothing to fix; enter shows the evidence';
    return { lines: [[seg(INDENT), seg('fix  ', 'strong'), seg(words, 'dim')]], command: null, effect: null };
  }
  const commands = nextCommands(finding, state.window);
  const [first] = commands;
  for (const next of commands) {
    const fitting = fittingLines(next, finding, { width, rows }, next === first ? null : first.kind);
    // What explains the whole command does not fit a shorter form of a check.
    const explained = fitting?.command === next.command || next.kind === 'fix';
    if (fitting !== null) return { ...fitting, effect: explained ? next.effect : null };
  }
  const label = labelOf(first);
  const rest = '… enter: more';
  const [start = ''] = wrapText(cells(first.command), width - widthOf(label) - rest.length, Infinity);
  return { lines: [[...label, seg(start, 'accent'), seg(rest, 'dim')]], command: null, effect: first.effect };
}

function labelOf({ kind }: NextCommand): Line {
  return [seg(INDENT), seg(kind === 'fix' ? 'fix  ' : 'check  ', 'strong')];
}

/** A command as a whole, in one row or two; `null` where it is longer. `instead` is what it takes the place of. */
function fittingLines(
  next: NextCommand,
  finding: Finding,
  { width, rows }: { readonly width: number; readonly rows: number },
  instead: NextCommand['kind'] | null,
): { readonly lines: Line[]; readonly command: string } | null {
  const { command, action, brief } = next;
  const label = labelOf(next);
  const room = width - widthOf(label);
  const forms = [command, ...(brief === null ? [] : [brief])];
  const purpose = action === null ? [] : [`${action}: ${command}`];
  // After the recovery the fix is for the next time.
  const later = finding.untilMs === null ? [] : [...purpose, command].map((text) => `for next time: ${text}`);
  const inOneRow = (text: string, shown: string): Line[] | null => {
    if (text.length > room) return null;
    const line = [...label, seg(text, 'accent')];
    const more = moreWords(next, shown, instead);
    return [widthOf(line) + more.length + 2 <= width ? alignEnds(line, [seg(more, 'dim')], width) : line];
  };
  for (const [text, shown] of [
    ...[...later, ...purpose].map((text) => [text, command] as const),
    ...forms.map((form) => [form, form] as const),
  ]) {
    const lines = inOneRow(cells(text), shown);
    if (lines !== null) return { lines, command: shown };
  }
  for (const form of rows < 2 ? [] : forms) {
    const lines = inTwoRows(form, label, room);
    if (lines !== null) return { lines, command: form };
  }
  return null;
}

/** What the page of the finding has beyond the command that is shown. */
function moreWords(
  { kind, command }: NextCommand,
  shown: string,
  instead: NextCommand['kind'] | null,
): string {
  if (instead === 'fix') return 'enter: the fix';
  if (kind === 'check') return 'enter: evidence';
  return shown === command ? 'enter: why, persist, undo' : 'enter: the whole fix';
}

/** Broken so that the shell takes it as it stands. */
function inTwoRows(command: string, label: Line, room: number): Line[] | null {
  const rows = wrapCommand(cells(command), room);
  if (rows.length !== 2 || rows[0]?.endsWith('\\') !== true) return null;
  return rows.map((row, index) => [
    ...(index === 0 ? label : [seg(' '.repeat(widthOf(label)))]),
    seg(row, 'accent'),
  ]);
}

function healthyVerdict(
  state: ScreenState,
  ceilings: readonly CeilingStats[],
  { width, height }: Size,
): Line[] {
  const nearest = nearestFirst(ceilings)[0];
  if (nearest?.share == null)
    return [[markSegment(STATUS_MARKS.ok), seg('no limit is hit; usage could not be read', 'ok')]];
  const title = ceilingName(state, nearest);
  const share = formatShare(nearest.share);
  const level = `(${formatCount(nearest.used)} of ${formatLimit(nearest.limit)})`;
  // At its limit a ceiling refuses only the next connection: no finding yet, but no all-clear either.
  const reached = nearest.share >= 1;
  const mark = STATUS_MARKS[reached ? 'warning' : 'ok'];
  const headline = firstThatFits(
    reached
      ? [`${title} is at its limit ${level}; no refusals yet`, `${title} is at its limit ${level}`]
      : [
          `no limit is hit; nearest: ${title} ${share} ${level}`,
          `no limit is hit; nearest: ${title} ${share}`,
        ],
    width - 2,
  );
  const pace = reached
    ? 'the next connection is refused'
    : nearest.growthPerSec === null
      ? 'growth: unknown until the second sample'
      : nearest.fullInSec === null
        ? 'not growing'
        : isFarFromFull(nearest)
          ? `growing by ${formatRate(nearest.growthPerSec)}/s, far from full`
          : `full in ${formatDuration(nearest.fullInSec)} at the rate of the last 10 s`;
  const lines: Line[] = [
    [markSegment(mark), seg(headline, mark.tone)],
    [seg(INDENT), seg(pace)],
    ...firstThatFitsRows(blindSpots(state), width - 2, height - 2).map((text) => [
      seg(INDENT),
      seg(text, 'dim'),
    ]),
  ];
  return lines.slice(0, height);
}

/** What could not be read: "no limit is hit" says nothing about it. */
function blindSpots(state: ScreenState): string[] {
  const [first, ...more] = state.window?.last.coverage?.unreadable ?? [];
  // The header says it where the probes are attached.
  if (first === undefined)
    return state.window?.last.coverage?.probes === 'attached'
      ? []
      : sourceCandidates(state).map((source) => `source: ${source.replace(/^source: /, '')}`);
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  return [
    `not read: ${first.what} (${first.why})${others}; 7 lists all`,
    `not read: ${first.what}${others}; 7 shows why`,
    `${more.length + 1} figures could not be read; 7 shows why`,
  ].map((text) => cells(text));
}

function blindVerdict(state: ScreenState, { height }: Size): Line[] {
  const unreadable = state.window?.last.coverage?.unreadable ?? [];
  const spots = state.diagnosis?.coverage.blindSpots ?? [];
  const headline =
    spots.length === 0 ? 'unknown: nothing could be read' : 'unknown: nothing is wrong in what could be read';
  const lines: Line[] = [
    ...spots.map((spot): Line => [seg(INDENT), seg(cells(`not read: ${blindSpotWords(spot)}`))]),
    ...unreadable.map(({ what, why }): Line => [seg(INDENT), seg(`${what}: ${why}`)]),
  ];
  return [
    [markSegment(STATUS_MARKS.unknown), seg(headline, 'strong')],
    ...lines.slice(0, Math.max(0, height - 2)),
    [seg(INDENT), seg('check  ', 'strong'), ...remedyFor(state.mode, isForRoot(spots))],
  ].slice(0, height);
}

/** What lets ctdiag see more. */
function remedyFor(mode: ScreenState['mode'], forRoot: boolean): Segment[] {
  const [command, why] = !forRoot
    ? ['ctdiag doctor', 'says what is missing']
    : mode === 'live'
      ? ['sudo ctdiag top', 'root can read all of it']
      : ['sudo ctdiag record', 'a recording made as root has it'];
  return [seg(command, 'accent'), seg(`  ${why}`, 'dim')];
}

function waitingVerdict(state: ScreenState, { height }: Size): Line[] {
  const lines: Line[] =
    state.mode === 'live'
      ? [
          textLine('… waiting for the first sample of the kernel counters', 'strong'),
          textLine(`${INDENT}bpftrace is compiling its probes`, 'dim'),
        ]
      : [textLine('… reading the first second of the capture', 'strong')];
  return lines.slice(0, height);
}
