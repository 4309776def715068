import type { Netns } from '../../records/index.js';
import { entriesLines } from '../../render/index.js';
import type { Entries } from '../../render/index.js';
import { describeError } from '../../errno.js';
import type { EntriesLook, Screen, ScreenState } from '../../playback/screen-state.js';

/** A screen that can also be told to look who fills the conntrack tables. */
export interface EntriesScreen extends Screen {
  /** Dumps the tables once, unless that is under way; what comes of it is shown with every state from then on. */
  listEntries(): void;
}

/** Adds that look to a screen; `now` is the wall clock in milliseconds. */
export function withEntries(
  screen: Screen,
  count: (labels: ReadonlyMap<Netns, string>) => Promise<Entries>,
  now: () => number = Date.now,
): EntriesScreen {
  let shown: ScreenState | null = null;
  let look: EntriesLook | null = null;

  function update(state: ScreenState): void {
    shown = state;
    screen.update(look === null ? state : { ...state, entries: look });
  }

  function show(next: EntriesLook): void {
    look = next;
    if (shown !== null) update(shown);
  }

  async function run(labels: ReadonlyMap<Netns, string>): Promise<void> {
    show({ kind: 'running', atMs: now() });
    const lines = await count(labels).then(entriesLines, (error: unknown) => [
      `The tables could not be read: ${describeError(error)}.`,
    ]);
    show({ kind: 'done', atMs: now(), lines });
  }

  return {
    ...screen,
    update,
    listEntries() {
      if (look?.kind !== 'running') void run(shown?.window?.last.netnsLabels ?? new Map());
    },
  };
}
