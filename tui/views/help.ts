import { wrapText } from '../draw/cells.js';
import { column, seg, textLine } from '../draw/line.js';
import type { Line, Tone } from '../draw/line.js';
import { bindingOf, BINDINGS, keyName } from '../state/bindings.js';
import type { Binding } from '../state/binding.js';

const GROUPS: Readonly<Record<Binding['group'], string>> = {
  time: 'TIME',
  look: 'VIEW',
  keep: 'SAVE',
  leave: 'GENERAL',
};

/** Symbols and words that the screen has no room to explain. */
const WORDS: readonly (readonly [word: string, meaning: string, tone?: Tone])[] = [
  ['✖', 'critical now: connections are refused', 'critical'],
  ['▲', 'near a limit, or recovered less than a minute ago', 'warning'],
  ['✔', 'no limit is hit', 'ok'],
  ['■', 'recovered; in the table of hosts, a recording that has ended'],
  ['·', 'in the table of hosts: a recording that starts later'],
  ['◆', 'a note that was set with m', 'accent'],
  ['?', 'unknown, which is not 0; 7 lists what could not be read'],
  ['lost', 'in the header: events that bpftrace dropped; the probes miss as many'],
  ['lost 1m', 'in WHO: attempts refused there in the last minute'],
  ['full in', 'at the rate of the last 10 s; - where it does not grow'],
  ['refused', 'attempts, not clients: a client that retries is counted again'],
];

const FIRST = 10;

/** Every key of the table, the user's own keys, and what the symbols and words of the screen mean. */
export function helpLines(ownKeys: Readonly<Record<string, string>>, width: number): Line[] {
  const row = (what: string, text: string, tone: Tone = 'accent'): Line[] =>
    wrapText(text, width - FIRST).map((part, index) => [
      seg('  '),
      column(index === 0 ? what : '', FIRST - 2, 'left', tone),
      seg(part),
    ]);
  const own = Object.entries(ownKeys);
  return [
    ...Object.entries(GROUPS).flatMap(([group, title]) => [
      textLine(title, 'strong'),
      ...BINDINGS.filter((binding) => binding.group === group).flatMap(({ shown, help }) => row(shown, help)),
    ]),
    ...(own.length === 0 ? [] : [textLine('YOUR OWN, from the settings', 'strong')]),
    ...own.flatMap(([key, meant]) =>
      row(key, `same as ${meant}: ${bindingOf(keyName(meant))?.help ?? 'nothing'}`),
    ),
    textLine('WORDS', 'strong'),
    ...WORDS.flatMap(([word, meaning, tone]) => row(word, meaning, tone ?? 'plain')),
  ];
}
