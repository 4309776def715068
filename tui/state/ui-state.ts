/** The panes that a key shows on the whole screen. */
export type ZoomPane = 'ladder' | 'rates' | 'charts' | 'who' | 'events' | 'limits' | 'coverage' | 'entries';

/** What is on the screen. */
export type View =
  | { readonly kind: 'main' }
  | { readonly kind: 'help' }
  | { readonly kind: 'detail'; readonly finding: number }
  | { readonly kind: 'pane'; readonly pane: ZoomPane };

/** A question on the bottom line, and what has been typed. */
export interface Prompt {
  readonly asks: 'filter' | 'go-to' | 'mark';
  readonly text: string;
  /** The filter before the question, which esc brings back. */
  readonly filterBefore: string;
}

/** The lists that can be sorted, with their orders; the first is the standard one. */
export const ORDERS = {
  ladder: ['nearest', 'used', 'growth', 'name'],
  who: ['refused', 'in use', 'name'],
  hosts: ['worst', 'nearest', 'since', 'name'],
} as const;

/** A list that can be sorted. */
export type SortedPane = keyof typeof ORDERS;

/** The order of each list. */
export type Orders = { readonly [Pane in SortedPane]: (typeof ORDERS)[Pane][number] };

/** What the screen itself remembers; everything else is in the {@link ScreenState}. */
export interface UiState {
  readonly view: View;
  /** First row shown of a view that is longer than the screen. */
  readonly scroll: number;
  readonly prompt: Prompt | null;
  /** Only rows that contain it are shown in the lists; empty shows all. */
  readonly filter: string;
  /** The answer to the last key, until the next one. */
  readonly reply: string | null;
  /** The host that is chosen at the table, by its place among all; `null` before any was. */
  readonly host: number | null;
  readonly orders: Orders;
  /** The finding that stays first, as `pinOf` names it; `null` where the ranking decides. */
  readonly pin: string | null;
  /** Whether clicks and the wheel come here; otherwise the terminal selects text with them. */
  readonly mouse: boolean;
  /** The command that the verdict shows as a whole, which the copy key takes there; `null` where it shows none. */
  readonly shownCommand: string | null;
  /** Rows of the page shown that can be scrolled: what page up and page down move. */
  readonly pageRows: number;
  /** The wall clock when the screen is drawn, milliseconds since the epoch. */
  readonly wallMs: number;
  /** Keys of the user's own, by the key that each stands for; the help tells them. */
  readonly ownKeys: Readonly<Record<string, string>>;
}

/** How it starts. */
export const INITIAL_UI: UiState = {
  view: { kind: 'main' },
  scroll: 0,
  prompt: null,
  filter: '',
  reply: null,
  host: null,
  orders: { ladder: 'nearest', who: 'refused', hosts: 'worst' },
  pin: null,
  mouse: true,
  shownCommand: null,
  pageRows: 10,
  wallMs: 0,
  ownKeys: {},
};
