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
  /** A word or two for the bottom line; without it, only the help tells. */
  readonly short?: { readonly live: string; readonly replay: string };
  /** Which bottom line: that of the panes, or that of a text that is read. */
  readonly footer?: 'panes' | 'text';
  readonly action: Action;
}

const command = (one: ScreenCommand): Action => ({ do: 'command', command: one });
const same = (word: string): { live: string; replay: string } => ({ live: word, replay: word });

/** Every key there is; the same live and in a replay. The order is that of the bottom line and the help. */
export const BINDINGS: readonly Binding[] = [
  {
    keys: ['space'],
    shown: 'space',
    group: 'time',
    help: 'freeze the screen (live goes on underneath); in a replay, pause and play',
    short: { live: 'freeze', replay: 'pause' },
    footer: 'panes',
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
    shown: '←→',
    group: 'time',
    help: 'one frame back',
    short: same('step'),
    footer: 'panes',
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
    short: same('change'),
    footer: 'panes',
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
    action: { do: 'ask', asks: 'go-to' },
  },
  {
    keys: ['+', '='],
    shown: '+',
    group: 'time',
    help: 'play faster',
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
    short: same('fix'),
    footer: 'panes',
    action: { do: 'detail' },
  },
  {
    keys: ['escape'],
    shown: 'esc',
    group: 'look',
    help: 'back to the panes; there, drop the filter',
    short: same('back'),
    footer: 'text',
    action: { do: 'back' },
  },
  {
    keys: ['tab'],
    shown: 'tab',
    group: 'look',
    help: 'the next finding, when there are several',
    short: same('next finding'),
    footer: 'text',
    action: { do: 'next-finding' },
  },
  {
    keys: ['c'],
    shown: 'c',
    group: 'look',
    help: 'copy the command of the fix to the clipboard, where the terminal takes it (OSC 52)',
    short: same('copy the command'),
    footer: 'text',
    action: { do: 'copy' },
  },
  {
    keys: ['1'],
    shown: '1',
    group: 'look',
    help: 'all ceilings',
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
    action: { do: 'ask', asks: 'filter' },
  },
  {
    keys: ['down', 'j'],
    shown: '↓',
    group: 'look',
    help: 'scroll down a row (also j)',
    short: same('scroll'),
    footer: 'text',
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
    short: same('record'),
    footer: 'panes',
    action: command({ kind: 'toggle-recording' }),
  },
  {
    keys: ['s'],
    shown: 's',
    group: 'keep',
    help: 'write a report of this moment',
    short: same('report'),
    footer: 'panes',
    action: command({ kind: 'write-report' }),
  },
  {
    keys: ['m'],
    shown: 'm',
    group: 'keep',
    help: 'set a mark with a note; it goes into the recording',
    action: { do: 'ask', asks: 'mark' },
  },
  {
    keys: ['?', 'h', 'f1'],
    shown: '?',
    group: 'leave',
    help: 'this list',
    short: same('keys'),
    footer: 'panes',
    action: { do: 'show', view: { kind: 'help' } },
  },
  {
    keys: ['q'],
    shown: 'q',
    group: 'leave',
    help: 'quit',
    short: same('quit'),
    footer: 'panes',
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
