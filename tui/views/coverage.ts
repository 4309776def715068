import { blindSpotWords, unwatchedWords } from '../../src/render/index.js';
import { cells, wrapText } from '../draw/cells.js';
import { seg, textLine } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { emptyLine, heading } from '../draw/heading.js';
import type { Size } from '../draw/size.js';
import { sourceCandidates } from '../words/source-words.js';

/** What is watched, what is not, and why. */
export function coverageView(state: ScreenState, { width, height }: Size): Line[] {
  const coverage = state.frames.at(-1)?.coverage ?? null;
  const head = heading('COVERAGE', 'what is watched, what is not, and why', [], width);
  if (coverage === null) return [head, emptyLine('no data yet')];
  const spots = state.diagnosis?.coverage.blindSpots ?? [];
  const unwatched = state.diagnosis?.coverage.unwatched ?? [];
  const section = (title: string, items: readonly string[]): Line[] =>
    items.length === 0
      ? []
      : [
          textLine(`  ${title}`, 'strong'),
          ...items.flatMap((item) =>
            wrapText(cells(item), width - 4).map((row, index): Line => [
              seg(index === 0 ? '  ? ' : '    ', 'warning'),
              seg(row),
            ]),
          ),
        ];
  const lines: Line[] = [
    ...wrapText(sourceCandidates(state)[0] ?? '', width - 2).map((row) => textLine(`  ${row}`)),
    textLine(`  events lost by bpftrace: ${coverage.lostEvents}; unreadable lines: ${coverage.badLines}`),
    ...coverage.hooks.map(({ hook, state: hookState, variant, reason }): Line => [
      seg(hookState === 'attached' ? '  ✔ ' : '  ▲ ', hookState === 'attached' ? 'ok' : 'warning'),
      seg(
        `${hook.padEnd(28)} ${hookState.padEnd(9)} ${variant ?? ''}${reason === null ? '' : `  ${reason}`}`,
      ),
    ]),
    ...section('NOT READ: a refusal there would not be seen', spots.map(blindSpotWords)),
    ...coverage.unreadable.map(({ what, why }): Line => [seg('  ? ', 'warning'), seg(`${what}: ${why}`)]),
    ...section('IN USE ON THIS HOST, NOT WATCHED BY CTDIAG', unwatched.map(unwatchedWords)),
  ];
  return [head, ...lines.slice(0, Math.max(0, height - 1))];
}
