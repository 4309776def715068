import type { FlowGrowth, Window } from '../../model/index.js';
import type { FlowGroup } from '../../records/index.js';
import { formatClock, formatCount } from '../numbers.js';
import { safeText } from '../safe-text.js';

/** New flows of one kind, for a table: the largest groups, and the rest in one row. */
export interface FlowTable {
  readonly title: string;
  readonly rows: readonly { readonly count: string; readonly flow: string }[];
}

/** Who is refused and who opens most, as far as the detail program saw it in the window; at most `most` rows each. */
export function flowTables(window: Window, most: number): FlowTable[] {
  return [
    ...tableOf(window, window.refusedFlows, 'Attempts refused by the full table', most),
    ...tableOf(window, window.openedFlows, 'New flows that got an entry', most),
  ];
}

function tableOf(window: Window, flows: FlowGrowth | null, title: string, most: number): FlowTable[] {
  if (flows === null || (flows.groups.length === 0 && flows.others === 0)) return [];
  const shown = flows.groups.slice(0, most);
  const rest = flows.groups.slice(most).reduce((sum, group) => sum + group.count, flows.others);
  const since = formatClock(window.header.startedAtMs + flows.sinceMs);
  return [
    {
      title: `${title}, since ${since}`,
      rows: [
        ...shown.map((group) => ({
          count: formatCount(group.count),
          flow: `${flowWords(group)} ${safeText(group.protocol, 8)}${whereWords(window, group)}`,
        })),
        ...(rest === 0 ? [] : [{ count: formatCount(rest), flow: 'others' }]),
      ],
    },
  ];
}

/** `10.0.0.0/24 → 10.0.0.1:8883`: the network of the source, the destination and its port. */
export function flowWords({ source, destination, port }: FlowGroup): string {
  const to = safeText(destination, 45);
  const target = port === null ? to : `${to.includes(':') ? `[${to}]` : to}:${port}`;
  return `${safeText(source, 49)} → ${target}`;
}

function whereWords(window: Window, { netns }: FlowGroup): string {
  if (netns === window.header.netns) return '';
  const label = window.last.netnsLabels.get(netns);
  return ` in ${label === undefined ? `namespace ${netns}` : safeText(label, 40)}`;
}
