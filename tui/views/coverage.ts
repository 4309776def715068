import { wrapText } from '../draw/cells.js';
import { seg, textLine } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { emptyLine, heading } from '../draw/heading.js';
import type { Size } from '../draw/size.js';
import { sourceCandidates } from '../words/source-words.js';

/** What is seen, what is not, and why. */
export function coverageView(state: ScreenState, { width, height }: Size): Line[] {
  const coverage = state.frames.at(-1)?.coverage ?? null;
  const head = heading('COVERAGE', 'what is seen and what is not', [], width);
  if (coverage === null) return [head, emptyLine('no source has said yet what it covers')];
  const lines: Line[] = [
    ...wrapText(sourceCandidates(state)[0] ?? '', width - 2).map((row) => textLine(`  ${row}`)),
    textLine(`  events lost by bpftrace: ${coverage.lostEvents}; lines not understood: ${coverage.badLines}`),
    ...coverage.hooks.map(({ hook, state: hookState, variant, reason }): Line => [
      seg(hookState === 'attached' ? '  ✔ ' : '  ▲ ', hookState === 'attached' ? 'ok' : 'warning'),
      seg(
        `${hook.padEnd(28)} ${hookState.padEnd(9)} ${variant ?? ''}${reason === null ? '' : `  ${reason}`}`,
      ),
    ]),
    ...coverage.unreadable.map(({ what, why }): Line => [seg('  ? ', 'warning'), seg(`${what}: ${why}`)]),
  ];
  return [head, ...lines.slice(0, Math.max(0, height - 1))];
}
