import type { Action, Binding, Hint } from './binding.js';
import type { ScreenCommand } from './screen-state.js';

const command = (one: ScreenCommand): Action => ({ do: 'command', command: one });
const hint = (on: Hint['on'], rank: number, word: string, shown?: string): Hint => ({
  on,
  rank,
  live: word,
  replay: word,
  ...(shown === undefined ? {} : { shown }),
});
/** A hint that also stands at the table of hosts, there with a word of its own. */
const everywhere = (one: Hint, table: string): Hint => ({ ...one, table });

/** Every key there is; the same live and in a replay. The order is that of the bottom line and the help. */
export const BINDINGS: readonly Binding[] = [
  {
    keys: ['space'],
    shown: 'space',
    group: 'time',
    help: 'freeze the screen, live goes on underneath; in a replay, pause, play',
    hint: everywhere({ on: 'panes', rank: 3, live: 'freeze', replay: 'pause' }, 'pause'),
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
    hint: everywhere(hint('panes', 4, 'step', '←→'), 'step'),
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
    help: 'the next change of the verdict; at the table of hosts, of any of them',
    hint: everywhere(hint('panes', 5, 'change'), 'change'),
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
    hint: everywhere(hint('panes', 10, 'go to'), 'go to'),
    action: { do: 'ask', asks: 'go-to' },
  },
  {
    keys: ['+', '='],
    shown: '+',
    group: 'time',
    help: 'play faster',
    hint: everywhere({ on: 'panes', rank: 8, live: null, replay: 'speed', shown: '+-' }, 'speed'),
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
    help: 'the finding in full: evidence for and against, the fix, how to keep it; at the table, open the host',
    hint: everywhere(hint('panes', 2, 'fix'), 'open'),
    action: { do: 'detail' },
  },
  {
    keys: ['escape'],
    shown: 'esc',
    group: 'look',
    help: 'back to the panes; there, drop the filter; without one, back to the table of hosts',
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
    help: 'copy the command of the fix, where the terminal takes it (OSC 52)',
    hint: hint('text', 2, 'copy the command'),
    action: { do: 'copy' },
  },
  {
    keys: ['0'],
    shown: '0',
    group: 'look',
    help: 'the table of hosts, where several captures are replayed',
    hint: { on: 'panes', rank: 2.5, live: null, replay: null, opened: 'hosts' },
    action: { do: 'hosts' },
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
    help: 'events: every change of the verdict, every gap, every mark',
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
    hint: everywhere(hint('panes', 9, 'filter'), 'filter'),
    action: { do: 'ask', asks: 'filter' },
  },
  {
    keys: ['down', 'j'],
    shown: '↓',
    group: 'look',
    help: 'scroll down a row (also j); at the table, the next host',
    hint: everywhere(hint('text', 3, 'scroll', '↑↓'), 'choose'),
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
    help: 'write a report of this moment as Markdown, into this folder',
    hint: everywhere(hint('panes', 7, 'report'), 'report'),
    action: command({ kind: 'write-report', format: 'markdown' }),
  },
  {
    keys: ['S-s'],
    shown: 'S',
    group: 'keep',
    help: 'write it as HTML, with charts',
    action: command({ kind: 'write-report', format: 'html' }),
  },
  {
    keys: ['m'],
    shown: 'm',
    group: 'keep',
    help: 'set a mark with a note: under the events, and in the recording',
    hint: { on: 'panes', rank: 11, live: 'mark', replay: null },
    action: { do: 'ask', asks: 'mark' },
  },
  {
    keys: ['?', 'h', 'f1'],
    shown: '?',
    group: 'leave',
    help: 'this list',
    hint: everywhere(hint('both', 1, 'keys'), 'keys'),
    action: { do: 'show', view: { kind: 'help' } },
  },
  {
    keys: ['q'],
    shown: 'q',
    group: 'leave',
    help: 'quit',
    hint: everywhere(hint('both', 0, 'quit'), 'quit'),
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

/** A key as a person writes it: a capital letter is what the terminal layer calls `S-` and the small one. */
export function keyName(key: string): string {
  return /^[A-Z]$/.test(key) ? `S-${key.toLowerCase()}` : key;
}
