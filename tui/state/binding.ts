import type { ScreenCommand } from '../../src/playback/screen-state.js';
import type { View } from './ui-state.js';

/** What a key does. */
export type Action =
  | { readonly do: 'command'; readonly command: ScreenCommand }
  | { readonly do: 'show'; readonly view: View }
  | { readonly do: 'detail' }
  | { readonly do: 'back' }
  /** Closes the page that is open; without one it quits. */
  | { readonly do: 'close' }
  | { readonly do: 'hosts' }
  | { readonly do: 'next-finding' }
  | { readonly do: 'scroll'; readonly by: 'row' | 'half' | 'page'; readonly direction: 1 | -1 }
  /** The first or last row of a page; elsewhere the first or last moment. */
  | { readonly do: 'jump'; readonly to: 'start' | 'end' }
  /** The next column that the list is sorted by, or the one before. */
  | { readonly do: 'order'; readonly direction: 1 | -1 }
  /** Looks who fills the conntrack tables, and shows it. */
  | { readonly do: 'entries' }
  /** Keeps the finding that is shown before all others, or no longer. */
  | { readonly do: 'pin' }
  | { readonly do: 'toggle-mouse' }
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
  /** At the table of several hosts, where the key does something at all; without it nothing is said there. */
  readonly table?: string;
  /** While one of several hosts is open, where that is another word; `null` where the key does nothing then. */
  readonly opened?: string | null;
  /** On a page, where that is another word. */
  readonly inPage?: string;
  /** Where one hint speaks for several keys. */
  readonly shown?: string;
}

/** A hint that is the same live and in a replay. */
export const hint = (on: Hint['on'], rank: number, word: string, shown?: string): Hint => ({
  on,
  rank,
  live: word,
  replay: word,
  ...(shown === undefined ? {} : { shown }),
});
/** A hint that also stands at the table of hosts, there with a word of its own. */
export const everywhere = (hint: Hint, table: string): Hint => ({ ...hint, table });
