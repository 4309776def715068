import type { Status } from '../../src/diagnose/index.js';
import { nearestFirst } from '../../src/model/index.js';
import { titleOf, worseFirst } from '../../src/render/index.js';
import type { HostRow, Presence, ScreenState } from '../../src/playback/screen-state.js';
import type { UiState } from './ui-state.js';
import { matchesFilter } from '../draw/filter.js';

/** A row of the table and its place among the hosts, by which commands name it. */
export interface PlacedRow {
  readonly place: number;
  readonly row: HostRow;
}

/** Whether the table of hosts is shown, or one of its hosts. */
export function atTable(state: ScreenState | null): boolean {
  return state?.hosts?.open === null;
}

/** The status of a host at the moment shown; unknown where it cannot be read. */
export function statusOf({ diagnosis }: HostRow): Status {
  return diagnosis?.status ?? 'unknown';
}

/** When the first finding of a host began, wall clock; `null` without any. */
function firstSinceMs({ header, diagnosis }: HostRow): number | null {
  const since = diagnosis?.findings.map((finding) => finding.sinceMs) ?? [];
  return header === null || since.length === 0 ? null : header.startedAtMs + Math.min(...since);
}

/** When the finding of its row began, wall clock; `null` without any. */
export function shownSinceMs({ header, diagnosis }: HostRow): number | null {
  const since = diagnosis?.findings[0]?.sinceMs;
  return header === null || since === undefined ? null : header.startedAtMs + since;
}

/** What the filter leaves, in that order; what is equal there, the worst first. */
export function tableRows(
  state: ScreenState,
  { filter, orders }: Pick<UiState, 'filter' | 'orders'>,
): PlacedRow[] {
  const rows = worstFirst(state, filter);
  switch (orders.hosts) {
    case 'worst':
      return rows;
    case 'nearest':
      return rows.sort((a, b) => nearestShare(b.row) - nearestShare(a.row));
    case 'since':
      return rows.sort((a, b) => (shownSinceMs(b.row) ?? -Infinity) - (shownSinceMs(a.row) ?? -Infinity));
    case 'name':
      return rows.sort((a, b) => a.row.name.localeCompare(b.row.name, 'en', { numeric: true }));
  }
}

/** The share of the nearest ceiling; below all others where there are no figures of now. */
function nearestShare({ window, presence }: HostRow): number {
  const [first] = presence.kind === 'recorded' ? nearestFirst(window?.ceilings ?? []) : [];
  return first?.share ?? -1;
}

/** The worst first, as in `diagnose`; then hosts whose recording has ended, and those that have not started. */
function worstFirst(state: ScreenState, filter: string): PlacedRow[] {
  const rows = (state.hosts?.rows ?? []).map((row, place): PlacedRow => ({ place, row }));
  return rows
    .filter(({ row }) => matchesFilter(searchText(row), filter))
    .sort(
      (a, b) =>
        (state.mode === 'live' ? 0 : TURNS[a.row.presence.kind] - TURNS[b.row.presence.kind]) ||
        worseFirst(rankOf(a.row, state.mode), rankOf(b.row, state.mode)) ||
        a.place - b.place,
    );
}

/** The rows of the table that fit, the chosen one among them. */
export function shownRows(state: ScreenState, ui: UiState, rows: number): PlacedRow[] {
  const found = tableRows(state, ui);
  const chosen = chosenRow(state, ui);
  const chosenAt = found.findIndex(({ place }) => place === chosen?.place);
  const from = Math.max(0, Math.min(chosenAt - Math.floor(rows / 2), found.length - rows));
  return found.slice(from, from + rows);
}

/** The row that enter opens: the one that was chosen, else the first. */
export function chosenRow(state: ScreenState, ui: UiState): PlacedRow | null {
  const rows = tableRows(state, ui);
  return rows.find(({ place }) => place === ui.host) ?? rows[0] ?? null;
}

/** Hosts with data of the moment shown come before those without. */
const TURNS: Readonly<Record<Presence['kind'], number>> = {
  recorded: 0,
  silent: 0,
  ended: 1,
  'not-begun': 2,
  unreadable: 3,
};

/** Live, of a host that says nothing now it is not known how it is: that comes before those that are well. */
function rankOf(row: HostRow, mode: ScreenState['mode']): Parameters<typeof worseFirst>[0] {
  const isUnheard = mode === 'live' && row.presence.kind !== 'recorded' && statusOf(row) === 'ok';
  return { status: isUnheard ? 'unknown' : statusOf(row), sinceMs: firstSinceMs(row), file: row.file };
}

function searchText({ name, file, header, diagnosis }: HostRow): string {
  const titles = (diagnosis?.findings ?? []).map((finding) => titleOf(finding, header?.netns ?? null));
  return [name, file, header?.host ?? '', ...titles].join(' ');
}
