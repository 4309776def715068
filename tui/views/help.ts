import { wrapText } from '../draw/cells.js';
import { column, seg, textLine } from '../draw/line.js';
import type { Line, Tone } from '../draw/line.js';
import { bindingOf, BINDINGS, keyName } from '../state/bindings.js';
import type { Binding } from '../state/binding.js';

const GROUPS: Readonly<Record<Binding['group'], string>> = {
  time: 'TIME',
  look: 'LOOK',
  keep: 'KEEP',
  leave: 'LEAVE',
};

/** What stands on the screen without room to be explained there. */
const WORDS: readonly (readonly [word: string, meaning: string, tone?: Tone])[] = [
  ['✖', 'wrong now: connections are refused', 'critical'],
  ['▲', 'near a limit, or over but within the last minute', 'warning'],
  ['✔', 'no limit is hit', 'ok'],
  ['■', 'the trouble was over then; at the table of hosts, a recording that has ended'],
  ['·', 'at the table of hosts: a recording that begins later'],
  ['◆', 'a mark that somebody set with m', 'accent'],
  ['?', 'not known, which is not 0; 7 says what cannot be read'],
  [
    'lost',
    'in the header: events that bpftrace could not pass on; the figures of the probes are too small by them',
  ],
  ['lost 1m', 'in WHO: attempts refused there within the last minute'],
  ['full in', 'at the pace of the last 10 s; - where it does not grow'],
  ['refused', 'attempts, not clients: one that tries again is counted again'],
];

const FIRST = 10;

/** Every key, from the table that binds it and from the user's own, and what the words of the screen mean. */
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
    ...(own.length === 0 ? [] : [textLine('YOUR OWN, out of the settings', 'strong')]),
    ...own.flatMap(([key, meant]) =>
      row(key, `as ${meant}: ${bindingOf(keyName(meant))?.help ?? 'nothing'}`),
    ),
    textLine('WORDS', 'strong'),
    ...WORDS.flatMap(([word, meaning, tone]) => row(word, meaning, tone ?? 'plain')),
  ];
}
