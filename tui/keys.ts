import type { ScreenCommand } from './screen-state.js';
import type { View } from './ui-state.js';

/** What a key does. */
export type Action =
  | { readonly do: 'command'; readonly command: ScreenCommand }
  | { readonly do: 'show'; readonly view: View }
  | { readonly do: 'detail' }
  | { readonly do: 'back' }
  | { readonly do: 'next-finding' }
  | { readonly do: 'scroll'; readonly by: 'row' | 'page'; readonly direction: 1 | -1 }
  | { readonly do: 'ask'; readonly asks: 'filter' | 'go-to' | 'mark' }
  | { readonly do: 'copy' }
  | { readonly do: 'suspend' };

/** One row of the table: it drives the key, the bottom line and the help. */
export interface Binding {
  /** Names of the keys, as the terminal layer gives them. */
  readonly keys: readonly string[];
  /** The key as people call it. */
  readonly shown: string;
  /** Under which heading the help lists it. */
  readonly group: 'time' | 'look' | 'keep' | 'leave';
  readonly help: string;
  /** Its place on the bottom line; without it, only the help tells. */
  readonly hint?: Hint;
  readonly action: Action;
}

/** What the bottom line says of a key. */
export interface Hint {
  /** Which bottom line: that of the panes, or that of a text that is read. */
  readonly on: 'panes' | 'text' | 'both';
  /** Where there is no room, the highest goes first. */
  readonly rank: number;
  /** `null` where the key does nothing. */
  readonly live: string | null;
  readonly replay: string | null;
  /** Where one hint speaks for several keys. */
  readonly shown?: string;
}

const command = (one: ScreenCommand): Action => ({ do: 'command', command: one });
const hint = (on: Hint['on'], rank: number, word: string, shown?: string): Hint => ({
  on,
  rank,
  live: word,
  replay: word,
  ...(shown === undefined ? {} : { shown }),
});

/** Every key there is; the same live and in a replay. The order is that of the bottom line and the help. */
export const BINDINGS: readonly Binding[] = [
  {
    keys: ['space'],
    shown: 'space',
    group: 'time',
    help: 'freeze the screen (live goes on underneath); in a replay, pause and play',
    hint: { on: 'panes', rank: 3, live: 'freeze', replay: 'pause' },
    action: command({ kind: 'toggle-freeze' }),
  },
  {
    keys: ['right'],
    shown: '→',
    group: 'time',
    help: 'one frame on',
    action: command({ kind: 'step', frames: 1 }),
  },
  {
    keys: ['left'],
    shown: '←',
    group: 'time',
    help: 'one frame back',
    hint: hint('panes', 4, 'step', '←→'),
    action: command({ kind: 'step', frames: -1 }),
  },
  {
    keys: ['S-right', '.', ']'],
    shown: ']',
    group: 'time',
    help: 'a minute on (also shift and the arrow)',
    action: command({ kind: 'step', frames: 60 }),
  },
  {
    keys: ['S-left', ',', '['],
    shown: '[',
    group: 'time',
    help: 'a minute back (also shift and the arrow)',
    action: command({ kind: 'step', frames: -60 }),
  },
  {
    keys: ['home'],
    shown: 'home',
    group: 'time',
    help: 'the beginning',
    action: command({ kind: 'jump', to: 'start' }),
  },
  {
    keys: ['end'],
    shown: 'end',
    group: 'time',
    help: 'the end; live, now',
    action: command({ kind: 'jump', to: 'end' }),
  },
  {
    keys: ['n'],
    shown: 'n',
    group: 'time',
    help: 'the next change of the verdict',
    hint: hint('panes', 5, 'change'),
    action: command({ kind: 'verdict-change', direction: 1 }),
  },
  {
    keys: ['S-n'],
    shown: 'N',
    group: 'time',
    help: 'the change of the verdict before this moment',
    action: command({ kind: 'verdict-change', direction: -1 }),
  },
  {
    keys: ['g'],
    shown: 'g',
    group: 'time',
    help: 'go to a time: 20:41:07, -2m, +30s',
    hint: hint('panes', 10, 'go to'),
    action: { do: 'ask', asks: 'go-to' },
  },
  {
    keys: ['+', '='],
    shown: '+',
    group: 'time',
    help: 'play faster',
    hint: { on: 'panes', rank: 8, live: null, replay: 'speed', shown: '+-' },
    action: command({ kind: 'speed', change: 'faster' }),
  },
  {
    keys: ['-'],
    shown: '-',
    group: 'time',
    help: 'play slower',
    action: command({ kind: 'speed', change: 'slower' }),
  },
  {
    keys: ['enter', 'linefeed'],
    shown: 'enter',
    group: 'look',
    help: 'the finding in full: evidence for and against, the fix, its persistent form',
    hint: hint('panes', 2, 'fix'),
    action: { do: 'detail' },
  },
  {
    keys: ['escape'],
    shown: 'esc',
    group: 'look',
    help: 'back to the panes; there, drop the filter',
    hint: hint('text', 1, 'back'),
    action: { do: 'back' },
  },
  {
    keys: ['tab'],
    shown: 'tab',
    group: 'look',
    help: 'the next finding, when there are several',
    hint: hint('text', 4, 'next finding'),
    action: { do: 'next-finding' },
  },
  {
    keys: ['c'],
    shown: 'c',
    group: 'look',
    help: 'copy the command of the fix to the clipboard, where the terminal takes it (OSC 52)',
    hint: hint('text', 2, 'copy the command'),
    action: { do: 'copy' },
  },
  {
    keys: ['1'],
    shown: '1',
    group: 'look',
    help: 'all ceilings',
    hint: hint('panes', 8, 'panes', '1-7'),
    action: { do: 'show', view: { kind: 'pane', pane: 'ladder' } },
  },
  {
    keys: ['2'],
    shown: '2',
    group: 'look',
    help: 'all rates',
    action: { do: 'show', view: { kind: 'pane', pane: 'rates' } },
  },
  {
    keys: ['3'],
    shown: '3',
    group: 'look',
    help: 'the charts',
    action: { do: 'show', view: { kind: 'pane', pane: 'charts' } },
  },
  {
    keys: ['4'],
    shown: '4',
    group: 'look',
    help: 'who: every listener and namespace',
    action: { do: 'show', view: { kind: 'pane', pane: 'who' } },
  },
  {
    keys: ['5'],
    shown: '5',
    group: 'look',
    help: 'events: every change of the verdict, every gap',
    action: { do: 'show', view: { kind: 'pane', pane: 'events' } },
  },
  {
    keys: ['6'],
    shown: '6',
    group: 'look',
    help: 'the limits as they are set',
    action: { do: 'show', view: { kind: 'pane', pane: 'limits' } },
  },
  {
    keys: ['7'],
    shown: '7',
    group: 'look',
    help: 'coverage: what is seen, what is not, and why',
    action: { do: 'show', view: { kind: 'pane', pane: 'coverage' } },
  },
  {
    keys: ['/'],
    shown: '/',
    group: 'look',
    help: 'filter the lists by address, port, process or namespace',
    hint: hint('panes', 9, 'filter'),
    action: { do: 'ask', asks: 'filter' },
  },
  {
    keys: ['down', 'j'],
    shown: '↓',
    group: 'look',
    help: 'scroll down a row (also j)',
    hint: hint('text', 3, 'scroll', '↑↓'),
    action: { do: 'scroll', by: 'row', direction: 1 },
  },
  {
    keys: ['up', 'k'],
    shown: '↑',
    group: 'look',
    help: 'scroll up a row (also k)',
    action: { do: 'scroll', by: 'row', direction: -1 },
  },
  {
    keys: ['pagedown'],
    shown: 'pgdn',
    group: 'look',
    help: 'scroll down ten rows',
    action: { do: 'scroll', by: 'page', direction: 1 },
  },
  {
    keys: ['pageup'],
    shown: 'pgup',
    group: 'look',
    help: 'scroll up ten rows',
    action: { do: 'scroll', by: 'page', direction: -1 },
  },
  {
    keys: ['r'],
    shown: 'r',
    group: 'keep',
    help: 'start or stop recording',
    hint: { on: 'panes', rank: 6, live: 'record', replay: null },
    action: command({ kind: 'toggle-recording' }),
  },
  {
    keys: ['s'],
    shown: 's',
    group: 'keep',
    help: 'write a report of this moment',
    hint: hint('panes', 7, 'report'),
    action: command({ kind: 'write-report' }),
  },
  {
    keys: ['m'],
    shown: 'm',
    group: 'keep',
    help: 'set a mark with a note; it goes into the recording',
    hint: { on: 'panes', rank: 11, live: 'mark', replay: null },
    action: { do: 'ask', asks: 'mark' },
  },
  {
    keys: ['?', 'h', 'f1'],
    shown: '?',
    group: 'leave',
    help: 'this list',
    hint: hint('both', 1, 'keys'),
    action: { do: 'show', view: { kind: 'help' } },
  },
  {
    keys: ['q'],
    shown: 'q',
    group: 'leave',
    help: 'quit',
    hint: hint('both', 0, 'quit'),
    action: command({ kind: 'quit', reason: 'key' }),
  },
  {
    keys: ['C-c'],
    shown: 'ctrl-c',
    group: 'leave',
    help: 'quit, as an interrupt',
    action: command({ kind: 'quit', reason: 'interrupt' }),
  },
  {
    keys: ['C-z'],
    shown: 'ctrl-z',
    group: 'leave',
    help: 'stop and give the terminal back; fg returns',
    action: { do: 'suspend' },
  },
];

const byKey = new Map(BINDINGS.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));

/** What a key is bound to; `undefined` when nothing is. */
export function bindingOf(key: string): Binding | undefined {
  return byKey.get(key);
}
