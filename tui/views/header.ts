import { formatClock, formatDate, formatZone } from '../../src/render/index.js';
import { cells, clipEnd, clipMiddle } from '../draw/cells.js';
import { seg, alignEnds, widthOf } from '../draw/line.js';
import type { Line, Segment } from '../draw/line.js';
import { statusOf } from '../state/host-order.js';
import { shownAtMs } from '../state/moments.js';
import type { HostRow, ScreenState } from '../../src/playback/screen-state.js';
import type { Size } from '../draw/size.js';
import { lossWords, sourceCandidates } from '../words/source-words.js';
import { STATUS_MARKS } from '../draw/symbols.js';

/** Which host, from which source, what was lost, and the time shown. */
export function headerView(state: ScreenState, { width }: Size, wallMs: number): Line[] {
  const right = clockSegments(state, wallMs);
  if (state.hosts?.open === null) return [alignEnds(tableHead(state.hosts.rows), right, width)];
  const coverage = state.frames.at(-1)?.coverage ?? null;
  const lossy = coverage !== null && (coverage.lostEvents > 0 || coverage.badLines > 0);
  const room = width - widthOf(right) - 1;
  const lost = lossWords(coverage);
  const losses = lost === '' ? [] : [seg('  '), seg(lost, lossy ? 'warning' : 'dim')];
  const left = (who: string, text: string): Line => [
    seg('ctdiag', 'strong'),
    seg(`  ${who}  `),
    seg(text, 'accent'),
    ...losses,
  ];
  const sources = sourceCandidates(state);
  const whos = whoCandidates(state);
  const fits = sources
    .flatMap((source) => whos.map((who) => left(who, source)))
    .find((line) => widthOf(line) <= room);
  const last = whos.at(-1) ?? '';
  const clipped = clipEnd(sources[0] ?? '', room - widthOf(left(last, '')));
  return [alignEnds(fits ?? left(last, clipped), right, width)];
}

/** How many hosts there are, and how many of each status. */
function tableHead(rows: readonly HostRow[]): Line {
  const now = rows.filter(({ presence }) => presence.kind === 'recorded');
  const counts = (['critical', 'warning', 'ok'] as const).flatMap((status): Segment[] => {
    const count = now.filter((row) => statusOf(row) === status).length;
    const { symbol, tone } = STATUS_MARKS[status];
    return count === 0 ? [] : [seg('  '), seg(`${symbol} ${count}`, tone)];
  });
  const absent = rows.length - now.length;
  const others = absent === 0 ? [] : [seg('  '), seg(`${absent} without data now`, 'dim')];
  return [seg('ctdiag', 'strong'), seg(`  ${rows.length} hosts`), ...counts, ...others];
}

/** The host name is shortened before the source: people know where they are, not why there are no probes. */
function whoCandidates(state: ScreenState): string[] {
  const host = cells(state.hosts?.open?.name ?? state.header?.host ?? '?');
  const kernel = cells(state.header?.kernel ?? '?');
  const [version = kernel] = kernel.split(/-(?=[a-z])/);
  return [
    `${host}  ${kernel}`,
    `${host}  ${version}`,
    `${clipMiddle(host, 12)}  ${version}`,
    clipMiddle(host, 12),
  ];
}

/** The time of day with its zone; of another day than today with the date. */
function clockWords({ mode }: ScreenState, atMs: number, wallMs: number): string {
  const clock = `${formatClock(atMs)} ${formatZone(atMs)}`;
  const date = formatDate(atMs);
  return mode === 'live' || date === formatDate(wallMs) ? clock : `${date} ${clock}`;
}

function clockSegments(state: ScreenState, wallMs: number): Segment[] {
  const at = shownAtMs(state);
  const clock = seg(at === undefined ? '--:--:--' : clockWords(state, at, wallMs), 'strong');
  const [mode, tone] =
    state.mode === 'live'
      ? state.frozen
        ? (['FROZEN', 'inverse'] as const)
        : state.timeline === undefined
          ? (['LIVE', 'ok'] as const)
          : (['BEHIND', 'accent'] as const)
      : state.frozen
        ? (['PAUSED', 'inverse'] as const)
        : (['REPLAY', 'accent'] as const);
  return [seg(mode, tone), seg(' '), clock];
}
