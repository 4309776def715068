import type { Window } from '../../src/model/index.js';
import type { FlowGroup } from '../../src/records/index.js';
import { flowWords, formatClock, formatShare, safeText } from '../../src/render/index.js';
import { cells, clipEnd } from '../draw/cells.js';
import { fitCount } from '../draw/fit-count.js';
import { column, seg } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import { hostNetns } from '../state/moments.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { matchesFilter } from '../draw/filter.js';
import { emptyLine, heading } from '../draw/heading.js';
import type { Size } from '../draw/size.js';

const FIGURE = 10;
const PROTOCOL = 10;

/** The sources that open most new flows, if the detail program counts them; else why it does not. */
export function openersView(state: ScreenState, { width, height }: Size, filter: string): Line[] {
  const flows = state.window?.openedFlows ?? null;
  const total = flows === null ? 0 : flows.groups.reduce((sum, group) => sum + group.count, flows.others);
  const since =
    flows === null || state.header === null
      ? ''
      : `since ${formatClock(state.header.startedAtMs + flows.sinceMs)}`;
  const head = heading(
    'TOP SOURCES of new entries',
    since,
    [
      column(' protocol', PROTOCOL, 'left'),
      column(' new', FIGURE, 'right'),
      column(' share', FIGURE, 'right'),
    ],
    width,
  );
  if (flows === null || state.window === null || total === 0) return [head, emptyLine(whyNot(state))];
  const { window } = state;
  const named = flows.groups
    .map((group) => ({ name: nameOf(state, window, group), protocol: group.protocol, count: group.count }))
    .filter((item) => matchesFilter(`${item.name} ${item.protocol}`, filter));
  if (named.length === 0) return [head, emptyLine(`nothing matches /${filter}`)];
  const rest =
    filter === '' && flows.others > 0 ? [{ name: 'others', protocol: '', count: flows.others }] : [];
  const room = width - 2 - PROTOCOL - 2 * FIGURE;
  return [
    head,
    ...[...named, ...rest]
      .slice(0, Math.max(0, height - 1))
      .map(({ name, protocol, count }): Line => [
        seg('  '),
        seg(clipEnd(cells(name), room).padEnd(room)),
        column(` ${safeText(protocol, 8)}`, PROTOCOL, 'left'),
        column(fitCount(count, FIGURE - 1), FIGURE, 'right'),
        column(formatShare(count / total), FIGURE, 'right'),
      ]),
  ];
}

function nameOf(state: ScreenState, { last }: Window, group: FlowGroup): string {
  const where =
    group.netns === hostNetns(state) ? '' : ` in ${last.netnsLabels.get(group.netns) ?? group.netns}`;
  return `${flowWords(group)}${where}`;
}

function whyNot({ window, mode }: ScreenState): string {
  if (window === null) return 'no data yet';
  if (window.last.coverage?.probes !== 'attached')
    return 'needs bpftrace probes; e reads the conntrack table once instead';
  if (window.openedFlows !== null) return 'no new flows in the last minute';
  return mode === 'live'
    ? 'counted while flows are refused; --detail on counts always'
    : 'not recorded: counted while flows are refused, or with --detail on';
}
