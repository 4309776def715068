import { isUnboundedNofile } from '../../records/index.js';
import type { Window } from '../../model/index.js';
import type { Ladder, Rung } from '../../limits/index.js';
import { entriesLines } from './entries.js';
import type { Entries } from './entries.js';
import {
  clientWords,
  plateauWords,
  ceilingScopeWords,
  settingWords,
  suspectWords,
  whereWords,
} from './limits-words.js';
import {
  formatClock,
  formatCount,
  formatDuration,
  formatLimit,
  formatRate,
  formatShare,
  UNKNOWN,
} from '../numbers.js';
import { safeText } from '../safe-text.js';
import { settingValue } from '../words/sysctls.js';
import { WIDTH, wrapTo } from '../wrap.js';
import { ceilingTitle } from '../words/ceiling-title.js';
import { UNBOUNDED_NOFILE } from '../words/nofile.js';
import { fitTitle } from '../words/fit-title.js';

/** What the figures of a row take. */
const FIGURES = 53;
/** At most this many are listed; the rest is only counted, unless all were requested. */
const RUNGS_SHOWN = 24;

/** The ladder as text, `width` columns wide: `limits --format text`. */
export function limitsText(
  ladder: Ladder,
  window: Window,
  showAll: boolean,
  entries: Entries | null = null,
  width = WIDTH,
): string {
  const wrap = wrapTo(width);
  // If a title and its figures are further apart, they are hard to read as a row.
  const titleWidth = Math.min(Math.max(width, WIDTH) - FIGURES, 60);
  const { header, fromMs, toMs } = window;
  const clock = (elapsedMs: number): string => formatClock(header.startedAtMs + elapsedMs);
  const shown = showAll ? ladder.rungs : ladder.rungs.slice(0, RUNGS_SHOWN);
  const left = ladder.rungs.length - shown.length;
  const lines = [
    ...wrap(
      `${safeText(header.host, 40)}  Linux ${safeText(header.kernel, 40)}  ${clock(fromMs)} to ${clock(toMs)} (${formatDuration((toMs - fromMs) / 1000)})`,
    ),
    '',
    row(titleWidth, ['Ceilings, nearest first', 'used', 'limit', 'share', 'growth/s', 'full in']),
    ...shown.flatMap((rung) => [
      row(titleWidth, rungCells(rung, window)),
      ...wrap(`${ceilingScopeWords(rung.ceiling, window)}; ${whereWords(rung, [...ladder.others])}`, '    '),
    ]),
  ];
  if (shown.length === 0) lines.push('  none could be read');
  if (left > 0) lines.push(`  and ${left} more with a lower share; --format json lists all`);
  // Far from full, they stand at the end of the ladder or beyond.
  const unbounded = ladder.rungs
    .slice(shown.length)
    .filter(({ ceiling }) => ceiling.id === 'process-fds' && isUnboundedNofile(ceiling.limit))
    .map(({ ceiling }) => ceilingTitle(ceiling, window.last.netnsLabels, header.netns));
  if (unbounded.length > 0)
    lines.push('', ...wrap(`Too large: ${safeText(unbounded.join(', '), 300)}; ${UNBOUNDED_NOFILE}.`));
  if (ladder.others.length > 0) lines.push('', 'Limits without a usage counter');
  for (const other of ladder.others) {
    const value = settingValue(other.drift.running);
    lines.push(
      `${other.name.padEnd(titleWidth + FIGURES - 24)}${value.padStart(24)}`,
      ...wrap(settingWords(other).slice(other.name.length + 2), '    '),
    );
  }
  for (const plateau of ladder.plateaus) {
    lines.push('', ...wrap(plateauWords(plateau, window)));
    for (const suspect of plateau.suspects) lines.push(...wrap(suspectWords(suspect, window), '  ', '- '));
    if (plateau.suspects.length === 0)
      lines.push(...wrap('none; more likely a limit of the application, or of another host.', '  '));
  }
  const clients = ladder.clients ?? [];
  if (clients.length > 0) {
    lines.push('', ...wrap('Clients with as many connections to one port as they may have local ports:'));
    for (const client of clients) lines.push(...wrap(clientWords(client), '  ', '- '));
    lines.push(...wrap(CHECK_CLIENT, '  '));
  }
  if (entries !== null)
    for (const line of ['', ...entriesLines(entries)])
      lines.push(...(line.length > width ? wrap(line.trim(), '  ') : [line]));
  lines.push('', ...wrap(unreadWords(window)));
  return `${lines.join('\n')}\n`;
}

const CHECK_CLIENT =
  'If these are all its ports, its further connects fail there and never arrive here. Check on the client: sysctl net.ipv4.ip_local_port_range; behind NAT, on the gateway.';

type Cells = readonly [
  title: string,
  used: string,
  limit: string,
  share: string,
  growth: string,
  fullIn: string,
];

function rungCells({ ceiling }: Rung, window: Window): Cells {
  const { used, limit, share, growthPerSec, fullInSec } = ceiling;
  const growth =
    growthPerSec === null
      ? UNKNOWN
      : `${growthPerSec > 0 ? '+' : growthPerSec < 0 ? '-' : ''}${formatRate(Math.abs(growthPerSec))}`;
  return [
    ceilingTitle(ceiling, window.last.netnsLabels, window.header.netns),
    formatCount(used),
    formatLimit(limit),
    formatShare(share),
    growth,
    fullInSec === 0 ? 'now' : fullInSec === null ? '-' : formatDuration(fullInSec),
  ];
}

function row(titleWidth: number, [title, used, limit, share, growth, fullIn]: Cells): string {
  const figures = `${used.padStart(10)} ${limit.padStart(12)} ${share.padStart(7)} ${growth.padStart(8)} ${fullIn.padStart(11)}`;
  // Long titles differ at their end.
  const shown = fitTitle(safeText(title), titleWidth - 1);
  return `${shown.padEnd(titleWidth)}${figures}`;
}

/** What could not be read. */
function unreadWords(window: Window): string {
  const { settings, coverage, processes } = window.last;
  const hidden = processes.filter((process) => process.fds === null).length;
  const ownerless = window.last.listeners.filter((listener) => listener.owner === null).length;
  const unread = [...(coverage?.unreadable ?? []), ...(settings?.unreadable ?? [])].map(
    (item) => `${safeText(item.what, 60)} (${safeText(item.why, 80)})`,
  );
  const parts = [
    ...(settings === null ? ['Where the limits are set was not recorded.'] : []),
    ...(settings?.inContainer === true
      ? ["This is a container: the host's configuration files are not visible."]
      : []),
    ...(settings?.inInitNetns === false
      ? ['No file of the host sets the limits of this network namespace.']
      : []),
    ...(hidden > 0
      ? [
          `The open files of ${hidden} ${hidden === 1 ? 'process' : 'processes'} could not be read: run as root, while the process runs.`,
        ]
      : []),
    ...(ownerless > 0
      ? [
          `The owner of ${ownerless} ${ownerless === 1 ? 'listener' : 'listeners'} is unknown: run as root, in the host's PID namespace.`,
        ]
      : []),
    ...(unread.length > 0
      ? [
          `Could not read: ${unread.slice(0, 6).join(', ')}${unread.length > 6 ? ` and ${unread.length - 6} more` : ''}.`,
        ]
      : []),
  ];
  return parts.length === 0 ? 'Everything could be read.' : parts.join(' ');
}
