import { NODE_WIDE } from '../../src/records/index.js';
import type { Listener, Netns } from '../../src/records/index.js';
import { namespacesOf, readingOf, seriesOf } from '../../src/model/index.js';
import type { ListenerStats, Window } from '../../src/model/index.js';
import { addressOf, flowWords, formatClock, formatCount, ownerOf, safeText } from '../../src/render/index.js';
import { cells, clipEnd, firstThatFits } from '../draw/cells.js';
import { fitCount, fitLimit } from '../draw/fit-count.js';
import { column, seg } from '../draw/line.js';
import type { Line, Tone } from '../draw/line.js';
import { bar } from '../draw/sparkline.js';
import { hostNetns } from '../state/moments.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { matchesFilter } from '../draw/filter.js';
import { emptyLine, heading } from '../draw/heading.js';
import { openersView } from './openers.js';
import type { Size } from '../draw/size.js';
import type { Orders } from '../state/ui-state.js';

/** A listener, a namespace or a group of flows: what it uses, and what was refused in the last minute. */
interface WhoRow {
  readonly name: string;
  /** The namespace, where it is not the host's; dropped first where there is no room. */
  readonly where: string;
  readonly owner: string;
  readonly used: Figure;
  readonly limit: Figure;
  /** `null` is unknown. */
  readonly refused: number | null;
  /** It is losing connections. */
  readonly hit: boolean;
}

/** `null` is unknown, `none` where there is no such figure. */
type Figure = number | null | 'none';

/** Groups of refused flows that are listed. */
const MOST_FLOWS = 8;
/** Refused flows whose count has not changed for so long have stopped. */
const GOING_MS = 3000;

/** Below this the figures stand closer. */
const ROOMY = 76;

/** Who loses connections: namespaces with refused flows, those flows, then listeners by how full their queue is. */
export function whoView(
  state: ScreenState,
  { width, height }: Size,
  filter: string,
  order: Orders['who'] = 'refused',
): Line[] {
  const wide = width >= 90;
  const barWidth = wide ? 14 : 0;
  const [owner, figure] = width < ROOMY ? [16, 8] : [19, 10];
  const name = width - 2 - owner - 3 * figure - (wide ? barWidth + 2 : 0);
  const rows = Math.max(0, height - 1);
  const all = state.window === null ? [] : whoRows(state, state.window);
  const found = all.filter((party) => matchesFilter(`${party.name}${party.where} ${party.owner}`, filter));
  const shown = sortRows(found, order).slice(0, rows);
  const head = heading(
    'WHO',
    noteOf(state, shown.length, all.length, name - 3),
    [
      column(' owner', owner, 'left'),
      ...(wide ? [column('', barWidth + 2, 'left')] : []),
      column(' in use', figure, 'right'),
      column(' limit', figure, 'right'),
      column(' lost 1m', figure, 'right'),
    ],
    width,
  );
  const lines =
    shown.length === 0
      ? [head, emptyLine(emptyWords(state, all.length, filter))]
      : [head, ...shown.map((party) => rowLine(party, { name, owner, bar: barWidth, figure }))];
  return [...lines, ...openersPart(state, { width, height: height - lines.length }, filter)];
}

function sortRows(rows: readonly WhoRow[], order: Orders['who']): readonly WhoRow[] {
  switch (order) {
    case 'refused':
      return rows;
    case 'in use':
      return [...rows].sort((a, b) => orderOf(b.used) - orderOf(a.used));
    case 'name':
      return [...rows].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  }
}

/** How many rows there are, and since when the sources of refused flows are counted: earlier ones are missing. */
function noteOf({ window, header }: ScreenState, shown: number, all: number, width: number): string {
  const part = shown < all ? `${shown} of ${all}` : '';
  const flows = window?.refusedFlows;
  if (window === null || header === null || flows == null || flows.sinceMs <= window.fromMs) return part;
  const since = `sources since ${formatClock(header.startedAtMs + flows.sinceMs)}`;
  const counted = flows.groups.reduce((sum, group) => sum + group.count, flows.others);
  const refused = namespacesOf(window).reduce(
    (sum, netns) => sum + (seriesOf(window, netns, 'probe.table_full')?.growth ?? 0),
    0,
  );
  const share = `${formatCount(counted)} of ${formatCount(refused)} refused`;
  const more = part === '' ? '' : `${part}, `;
  return firstThatFits([`${more}${since}: ${share}`, `${since}: ${share}`, `${more}${since}`, since], width);
}

/** The sources of new flows stand below, where there is room; always in the full list. */
function openersPart(state: ScreenState, size: Size, filter: string): Line[] {
  const known = (state.window?.openedFlows?.groups.length ?? 0) > 0;
  return size.height === Infinity || (known && size.height >= LEAST_OPENERS)
    ? [[], ...openersView(state, { ...size, height: size.height - 1 }, filter)]
    : [];
}

/** A gap, the heading and two rows: less says nothing. */
const LEAST_OPENERS = 4;

function rowLine(party: WhoRow, widths: { name: number; owner: number; bar: number; figure: number }): Line {
  const tone: Tone = party.hit ? 'critical' : 'plain';
  const { used, limit } = party;
  const share = typeof used !== 'number' || typeof limit !== 'number' || limit === 0 ? null : used / limit;
  return [
    seg(party.hit ? '✖ ' : '  ', tone),
    column(nameIn(party, widths.name), widths.name, 'left', tone),
    column(` ${party.owner}`, widths.owner, 'left'),
    ...(widths.bar === 0 ? [] : [seg(` ${bar(share, widths.bar)} `, party.hit ? tone : 'accent')]),
    column(used === 'none' ? '-' : fitCount(used, widths.figure - 1), widths.figure, 'right'),
    column(limit === 'none' ? '-' : fitLimit(limit, widths.figure - 1), widths.figure, 'right'),
    column(fitCount(party.refused, widths.figure - 1), widths.figure, 'right', tone),
  ];
}

function orderOf(figure: Figure): number {
  return typeof figure === 'number' ? figure : -1;
}

/** The port at the end of the address matters more than the namespace. */
function nameIn({ name, where }: WhoRow, width: number): string {
  const whole = cells(`${name}${where}`);
  return cells(name).length + 4 <= width ? clipEnd(whole, width) : name;
}

function whoRows(state: ScreenState, window: Window): WhoRow[] {
  const host = hostNetns(state);
  const namespaces = namespacesOf(window)
    .filter((netns) => netns !== NODE_WIDE)
    .flatMap((netns): WhoRow[] => {
      const refused =
        seriesOf(window, netns, 'probe.table_full') ?? seriesOf(window, netns, 'nf_conntrack.drop');
      if ((refused?.growth ?? 0) === 0) return [];
      const label = window.last.netnsLabels.get(netns);
      return [
        {
          name: netns === host ? 'host' : (label ?? `namespace ${netns}`),
          where: '',
          owner: 'conntrack table',
          used: readingOf(window.last, netns, 'net.netfilter.nf_conntrack_count')?.value ?? null,
          limit: readingOf(window.last, NODE_WIDE, 'net.netfilter.nf_conntrack_max')?.value ?? null,
          refused: refused?.growth ?? null,
          hit: (refused?.perSec ?? 0) > 0,
        },
      ];
    });
  const blamed = blamedListeners(state, window);
  const listeners = [...window.listeners].sort(byTrouble).map((listenerStats): WhoRow => {
    const { listener } = listenerStats;
    const label = window.last.netnsLabels.get(listener.netns);
    const where = listener.netns === host ? '' : ` in ${label ?? listener.netns}`;
    return {
      name: addressOf(listener),
      where,
      owner: listenerStats.present ? ownerOf(listener) : 'closed',
      used: listenerStats.present ? listener.acceptQueue : null,
      limit: listener.backlog,
      refused: listenerStats.overflowGrowth ?? blamed.get(listenerKey(listener)) ?? null,
      hit: isOverfull(listenerStats),
    };
  });
  return [
    ...namespaces,
    ...refusedFlows(window, host),
    ...unnamedListeners(window, host, blamed),
    ...listeners,
  ];
}

/** Whose new flows the full table refuses, if the detail program counts them; the list leaves room for listeners. */
function refusedFlows({ refusedFlows: flows, last, toMs }: Window, host: Netns | null): WhoRow[] {
  if (flows === null) return [];
  const going = (last.flows?.elapsedMs ?? 0) >= toMs - GOING_MS;
  return flows.groups.slice(0, MOST_FLOWS).map((group) => ({
    name: flowWords(group),
    where: group.netns === host ? '' : ` in ${last.netnsLabels.get(group.netns) ?? group.netns}`,
    owner: `refused ${safeText(group.protocol, 8)}`,
    used: 'none',
    limit: 'none',
    refused: group.count,
    hit: going,
  }));
}

const listenerKey = ({ netns, address, port }: Listener): string => `${netns} ${address} ${port}`;

/** Overflows by listener: the kernel counts them per namespace, so a listener gets them if it is the only one blamed. */
function blamedListeners({ diagnosis }: ScreenState, window: Window): ReadonlyMap<string, number> {
  const found = (diagnosis?.findings ?? []).flatMap(({ code, subject }) =>
    code === 'accept-queue-overflow' && subject.kind === 'listener' ? [subject.listener] : [],
  );
  return new Map(
    found
      .filter((listener) => found.every((other) => other === listener || other.netns !== listener.netns))
      .map((listener) => [
        listenerKey(listener),
        seriesOf(window, listener.netns, 'TcpExt.ListenOverflows')?.growth ?? 0,
      ]),
  );
}

/** Namespaces whose listener cannot be named: the kernel counts overflows per namespace, not per listener. */
function unnamedListeners(window: Window, host: Netns | null, blamed: ReadonlyMap<string, number>): WhoRow[] {
  const named = new Set(
    window.listeners
      .filter(
        (listener) =>
          (listener.overflowGrowth ?? 0) > 0 ||
          isOverfull(listener) ||
          blamed.has(listenerKey(listener.listener)),
      )
      .map((listener) => listener.listener.netns),
  );
  return namespacesOf(window).flatMap((netns): WhoRow[] => {
    const overflows = seriesOf(window, netns, 'TcpExt.ListenOverflows');
    if ((overflows?.growth ?? 0) === 0 || named.has(netns)) return [];
    return [
      {
        name: 'unknown listener',
        where: netns === host ? '' : ` in ${window.last.netnsLabels.get(netns) ?? netns}`,
        owner: 'unknown',
        used: null,
        limit: null,
        refused: overflows?.growth ?? null,
        hit: (overflows?.perSec ?? 0) > 0,
      },
    ];
  });
}

/** The queue holds one more than its backlog before it refuses. */
function isOverfull({ listener, overflowGrowth, present }: ListenerStats): boolean {
  if (!present) return false;
  const { acceptQueue, backlog } = listener;
  return acceptQueue !== null && backlog !== null && acceptQueue > backlog && overflowGrowth !== 0;
}

function byTrouble(a: ListenerStats, b: ListenerStats): number {
  const percent = ({ listener: { acceptQueue, backlog } }: ListenerStats): number =>
    acceptQueue === null || backlog === null || backlog === 0
      ? -1
      : Math.round((acceptQueue / backlog) * 100);
  return (
    (b.overflowGrowth ?? 0) - (a.overflowGrowth ?? 0) ||
    percent(b) - percent(a) ||
    a.listener.port - b.listener.port ||
    (a.listener.address < b.listener.address ? -1 : 1)
  );
}

function emptyWords(state: ScreenState, count: number, filter: string): string {
  if (state.window === null) return 'no data yet';
  if (count > 0) return `nothing matches /${filter}`;
  const why = state.window.last.coverage?.unreadable.find((item) => /listen|\bss\b/i.test(item.what));
  return why === undefined
    ? 'no TCP listener found, and no flow refused'
    : `listeners unknown: ${why.what}: ${why.why}`;
}
