import { formatClock } from '../../src/render/index.js';
import { cells, firstThatFits } from '../draw/cells.js';
import { column, seg } from '../draw/line.js';
import type { Line, Tone } from '../draw/line.js';
import type { Hosts } from '../../src/playback/screen-state.js';
import { matchesFilter } from '../draw/filter.js';
import { emptyLine, heading } from '../draw/heading.js';
import type { Size } from '../draw/size.js';
import { changeMark, changeWords } from '../draw/symbols.js';

const LONGEST_NAME = 24;

interface Event {
  readonly atMs: number;
  readonly host: string;
  readonly symbol: string;
  readonly tone: Tone;
  readonly text: string;
  /** The same where there is less room, longest form first. */
  readonly shorter?: readonly string[];
}

/** What changed on which host up to the moment shown, newest first: this shows where trouble began. */
export function hostEventsView(hosts: Hosts, { width, height }: Size, filter: string): Line[] {
  const all = eventsOf(hosts);
  const shown = all
    .filter((event) => matchesFilter(`${event.host} ${event.text}`, filter))
    .slice(0, Math.max(0, height - 1));
  const note = shown.length < all.length ? `newest first, ${shown.length} of ${all.length}` : 'newest first';
  const head = heading('EVENTS', `of all hosts, ${note}`, [], width);
  if (shown.length === 0)
    return [head, emptyLine(all.length > 0 ? `nothing matches /${filter}` : 'no events yet')];
  const name = Math.min(LONGEST_NAME, Math.max(...shown.map((event) => cells(event.host).length)));
  return [
    head,
    ...shown.map(({ atMs, host, symbol, tone, text, shorter }): Line => [
      seg(` ${formatClock(atMs)} `),
      seg(`${symbol} `, tone),
      column(host, name, 'left'),
      seg(
        `  ${firstThatFits(
          [text, ...(shorter ?? [])].map((text) => cells(text)),
          Math.max(1, width - 14 - name),
        )}`,
      ),
    ]),
  ];
}

function eventsOf({ rows, changes }: Hosts): Event[] {
  const turns = changes.map((change): Event => ({
    atMs: change.atMs,
    host: change.host,
    ...changeMark(change),
    ...changeWords(change),
  }));
  const ends = rows.flatMap(({ name, presence }): Event[] =>
    presence.kind === 'ended'
      ? [{ atMs: presence.atMs, host: name, symbol: '■', tone: 'plain', text: 'the recording ended' }]
      : [],
  );
  return [...turns, ...ends].sort((a, b) => b.atMs - a.atMs);
}
