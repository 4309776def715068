import type { Finding } from '../../src/diagnose/index.js';
import { nearestFirst } from '../../src/model/index.js';
import type { CeilingStats } from '../../src/model/index.js';
import {
  blindSpotWords,
  ceilingTitle,
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
import type { Line } from '../draw/line.js';
import { isFarFromFull } from '../words/far-from-full.js';
import { hostNetns, sinceWords } from '../state/moments.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { fixCandidates, firstFix } from '../words/fix-text.js';
import { absenceLines } from '../words/presence.js';
import type { Size } from '../draw/size.js';
import { sourceCandidates } from '../words/source-words.js';
import { findingMark, markSegment, STATUS_MARKS } from '../draw/symbols.js';

const INDENT = '  ';
/** Rows from which on a title of two leaves room for since when, how sure, and the fix. */
const ROOM_FOR_LONG_TITLE = 4;

/** What is wrong, since when, how sure, and what to do about it; or how far the nearest limit is. */
export function verdictView(state: ScreenState, size: Size): Line[] {
  const { hosts } = state;
  const absence = hosts?.open == null ? [] : absenceLines(hosts.open, hosts.atMs);
  if (absence.length === 0) return verdictOf(state, size);
  const height = size.height - absence.length;
  return state.window === null || height < 1
    ? absence
    : [...absence, ...verdictOf(state, { ...size, height })];
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
  // Since when and how sure must stand, too: a second row of the title is no excuse.
  const title =
    height < ROOM_FOR_LONG_TITLE
      ? [firstThatFits(titles, width - 2)]
      : wrapText(titles[0] ?? '', width - 2, 2);
  const lines: Line[] = title.map((text, row) => [
    row === 0 ? markSegment(mark) : seg(INDENT),
    seg(text, mark.tone),
  ]);
  const fix = fixLine(first, width);
  if (height - lines.length > 1)
    lines.push([seg(INDENT), seg(firstThatFits(sureCandidates(state, first), width - 2))]);
  lines.push(fix);
  const effect = firstFix(first)?.effect;
  if (others.length === 0 && effect !== undefined && lines.length < height)
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

/** How long and how sure, longest form first. */
function sureCandidates(state: ScreenState, finding: Finding): string[] {
  const since = sinceWords(state, finding);
  const sure = confidenceWords(finding);
  const [level = sure] = sure.split(':');
  return [
    `${since} · ${sure}`,
    `${since} · ${sure.replace(/ \(\d+ %\)/, '')}`,
    `${since} · ${level}; enter says why`,
    `${since} · ${level}`,
    since,
  ];
}

/** Why there is nothing to do, or nothing that is known. */
function noFixCandidates({ untilMs }: Finding): string[] {
  return untilMs === null
    ? ['none follows from these figures alone; enter shows the evidence', 'none known; enter: evidence']
    : ['it is over: no fix is left; enter shows the evidence', 'it is over; enter: evidence'];
}

function fixLine(finding: Finding, width: number): Line {
  const words = firstFix(finding);
  const label = [seg(INDENT), seg(words?.kind === 'check' ? 'check  ' : 'fix  ', 'strong')];
  if (words === null)
    return [...label, seg(firstThatFits(noFixCandidates(finding), width - widthOf(label)), 'dim')];
  const room = width - widthOf(label);
  const candidates = fixCandidates(words).map((fixCandidate) => cells(fixCandidate));
  // What is over needs no hurry: said where there is room.
  const unhurried =
    finding.untilMs === null ? [] : candidates.map((candidate) => `against the next time: ${candidate}`);
  const whole = [...unhurried, ...candidates].find((text) => text.length <= room);
  if (whole === undefined) {
    const rest = '… enter: more';
    const [start = ''] = wrapText(candidates.at(-1) ?? '', room - rest.length, Infinity);
    return [...label, seg(start, 'accent'), seg(rest, 'dim')];
  }
  const line = [...label, seg(whole, 'accent')];
  const more = 'enter: why, persist, undo';
  return widthOf(line) + more.length + 2 <= width ? alignEnds(line, [seg(more, 'dim')], width) : line;
}

function healthyVerdict(
  state: ScreenState,
  ceilings: readonly CeilingStats[],
  { width, height }: Size,
): Line[] {
  const nearest = nearestFirst(ceilings)[0];
  if (nearest?.share == null)
    return [[markSegment(STATUS_MARKS.ok), seg('no limit is hit; how near one is cannot be read', 'ok')]];
  const title = ceilingTitle(nearest, state.window?.last.netnsLabels ?? new Map(), hostNetns(state));
  const share = formatShare(nearest.share);
  const level = `(${formatCount(nearest.used)} of ${formatLimit(nearest.limit)})`;
  // Being at a limit refuses nobody until one more comes: no finding, but not well either.
  const reached = nearest.share >= 1;
  const mark = STATUS_MARKS[reached ? 'warning' : 'ok'];
  const headline = firstThatFits(
    reached
      ? [`${title} is at its limit ${level}; nothing is refused`, `${title} is at its limit ${level}`]
      : [
          `no limit is hit; nearest: ${title} ${share} ${level}`,
          `no limit is hit; nearest: ${title} ${share}`,
        ],
    width - 2,
  );
  const pace = reached
    ? 'nothing more fits'
    : nearest.growthPerSec === null
      ? 'how fast it grows is known after the second frame'
      : nearest.fullInSec === null
        ? 'it is not growing'
        : isFarFromFull(nearest)
          ? `it grows by ${formatRate(nearest.growthPerSec)}/s, and is far from full`
          : `full in ${formatDuration(nearest.fullInSec)} at the pace of the last 10 s`;
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

/** What the verdict does not rest on, so that "no limit is hit" is not taken for more than it is. */
function blindSpots(state: ScreenState): string[] {
  const [first, ...more] = state.window?.last.coverage?.unreadable ?? [];
  if (first === undefined) return sourceCandidates(state).map((source) => `seen by ${source}`);
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  return [
    `not seen: ${first.what} (${first.why})${others}; 7 lists it`,
    `not seen: ${first.what}${others}; 7 says why`,
    `${more.length + 1} figures are not seen; 7 says why`,
  ].map((text) => cells(text));
}

function blindVerdict(state: ScreenState, { width, height }: Size): Line[] {
  const unreadable = state.window?.last.coverage?.unreadable ?? [];
  const spots = state.diagnosis?.coverage.blindSpots ?? [];
  const headline =
    spots.length === 0
      ? 'cannot tell: no figure could be read'
      : 'cannot tell: nothing is wrong in what could be read';
  const lines: Line[] = [
    [markSegment(STATUS_MARKS.unknown), seg(headline, 'strong')],
    ...spots.map((spot): Line => [seg(INDENT), seg(cells(`not read: ${blindSpotWords(spot)}`))]),
    ...unreadable.map(({ what, why }): Line => [seg(INDENT), seg(`${what}: ${why}`)]),
    [
      seg(INDENT),
      seg(`ctdiag doctor says what to do; seen by ${firstThatFits(sourceCandidates(state), width)}`, 'dim'),
    ],
  ];
  return lines.slice(0, height);
}

function waitingVerdict(state: ScreenState, { height }: Size): Line[] {
  const lines: Line[] =
    state.mode === 'live'
      ? [
          textLine('… waiting for the first figures of the kernel’s counters (under a second)', 'strong'),
          textLine(`${INDENT}bpftrace compiles its probes meanwhile, where it can run`, 'dim'),
        ]
      : [textLine('… reading the first second of the capture', 'strong')];
  return lines.slice(0, height);
}
