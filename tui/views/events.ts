import { formatClock, formatDuration } from '../../src/render/index.js';
import { cells, firstThatFits } from '../draw/cells.js';
import { seg } from '../draw/line.js';
import type { Line, Tone } from '../draw/line.js';
import { clockAt, nowMs } from '../state/moments.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { matchesFilter } from '../draw/filter.js';
import { emptyLine, heading } from '../draw/heading.js';
import type { Size } from '../draw/size.js';
import { changeMark, changeWords, NOTE_MARK } from '../draw/symbols.js';

interface Event {
  readonly elapsedMs: number;
  readonly clock: string;
  readonly symbol: string;
  readonly tone: Tone;
  readonly text: string;
  /** The same where there is less room, longest form first. */
  readonly shorter?: readonly string[];
}

/** Every change of the verdict, every gap and every mark up to the moment shown, newest first. */
export function eventsView(state: ScreenState, { width, height }: Size, filter: string): Line[] {
  const rows = Math.max(0, height - 1);
  const all = eventsOf(state);
  const found = all.filter((event) => matchesFilter(event.text, filter));
  const shown = found.slice(0, rows);
  const note = shown.length < all.length ? `newest first, ${shown.length} of ${all.length}` : 'newest first';
  const head = heading('EVENTS', note, [], width);
  if (shown.length === 0) {
    const start = state.frames[0];
    const why =
      all.length > 0
        ? `nothing matches /${filter}`
        : start === undefined
          ? 'no data yet'
          : `no change of the verdict since ${formatClock(start.atMs)}`;
    return [head, emptyLine(why)];
  }
  return [
    head,
    ...shown.map(({ clock, symbol, tone, text, shorter }): Line => [
      seg(` ${clock} `),
      seg(`${symbol} `, tone),
      seg(
        firstThatFits(
          [text, ...(shorter ?? [])].map((text) => cells(text)),
          width - 12,
        ),
      ),
    ]),
  ];
}

function eventsOf(state: ScreenState): Event[] {
  const now = nowMs(state);
  const changes = state.verdicts
    .filter((verdict) => verdict.elapsedMs <= now)
    .map((verdict): Event => ({
      elapsedMs: verdict.elapsedMs,
      clock: formatClock(verdict.atMs),
      ...changeMark(verdict),
      ...changeWords(verdict),
    }));
  const missed = state.gaps ?? state.window?.gaps ?? [];
  const gaps = missed.map(({ atMs, source, reason }): Event => ({
    elapsedMs: atMs,
    clock: clockAt(state, atMs),
    symbol: '?',
    tone: 'warning',
    text: `no data from ${source === 'bpftrace' ? 'the probes' : 'the kernel counters'}: ${reason}`,
  }));
  const silences = (state.silences ?? [])
    // A gap that a source has explained is listed above.
    .filter(({ toMs }) => missed.every(({ atMs }) => atMs !== toMs))
    .map(({ fromMs, toMs }): Event => ({
      elapsedMs: fromMs,
      clock: clockAt(state, fromMs),
      symbol: '?',
      tone: 'warning',
      text: `no data for ${formatDuration((toMs - fromMs) / 1000)} (host or ctdiag stalled)`,
      shorter: [`no data for ${formatDuration((toMs - fromMs) / 1000)}`],
    }));
  const notes = (state.marks ?? []).map(({ elapsedMs, note }): Event => ({
    elapsedMs,
    clock: clockAt(state, elapsedMs),
    ...NOTE_MARK,
    text: note.trim() === '' ? 'mark' : `mark: ${note}`,
  }));
  return [...changes, ...gaps, ...silences, ...notes].sort((a, b) => b.elapsedMs - a.elapsedMs);
}
