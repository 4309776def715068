import type { Status } from '../../diagnose/index.js';
import { diagnosisJson } from './json.js';
import { diagnosisMarkdown, escapeMarkdown } from './markdown.js';
import { formatClock, formatMoment } from '../numbers.js';
import { verdictTitle } from './report.js';
import type { Report } from './report.js';
import { safeJson, safeText } from '../safe-text.js';
import { titlesOf } from '../words/titles.js';
import { wrap } from '../wrap.js';

/** The worst first; unknown stands before ok. */
const WORST_FIRST: readonly Status[] = ['critical', 'warning', 'unknown', 'ok'];

/** What one capture of several says. */
export interface HostReport {
  /** The capture, as it was named. */
  readonly file: string;
  /** `null` when nothing could be read of it. */
  readonly report: Report | null;
  /** Why there is no report, a sentence; `null` when there is one. */
  readonly why: string | null;
}

/** The formats for several captures; an HTML page is of one capture. */
export type HostsFormat = 'text' | 'json' | 'markdown';

/** Where the reports come from. */
export type HostsSource = 'captures' | 'hosts';

const FOR_ONE: Readonly<Record<HostsSource, string>> = {
  captures: 'For a single host: `ctdiag diagnose FILE`, `ctdiag replay FILE`.',
  hosts: 'For a single host: `ctdiag diagnose HOST`, `ctdiag top HOST`.',
};

/** The verdicts of several hosts in the form asked for, with the end of the last line. */
export function formatHosts(
  format: HostsFormat,
  hosts: readonly HostReport[],
  of: HostsSource = 'captures',
): string {
  const ranked = [...hosts].sort((a, b) => worseFirst(rankedOf(a), rankedOf(b)));
  switch (format) {
    case 'text':
      return hostsText(ranked, of);
    case 'json':
      return hostsJson(ranked);
    case 'markdown':
      return hostsMarkdown(ranked);
  }
}

/** The status of the worst of them. */
export function worstStatus(hosts: readonly HostReport[]): Status {
  const found = hosts.map(statusOf);
  return WORST_FIRST.find((status) => found.includes(status)) ?? 'unknown';
}

function statusOf({ report }: HostReport): Status {
  return report?.diagnosis.status ?? 'unknown';
}

/** Wall clock when the first finding of a host began, by its own header; `null` without any. */
function sinceMs({ report }: HostReport): number | null {
  const since = report?.diagnosis.findings.map((finding) => finding.sinceMs) ?? [];
  return report === null || since.length === 0 ? null : report.window.header.startedAtMs + Math.min(...since);
}

/** Wall clock when the finding of its row began; `null` without any. */
function shownSinceMs({ report }: HostReport): number | null {
  const since = report?.diagnosis.findings[0]?.sinceMs;
  return report === null || since === undefined ? null : report.window.header.startedAtMs + since;
}

/** What decides the place of a host in a table. */
export interface Ranked {
  readonly status: Status;
  /** Wall clock when its first finding began; `null` without any. */
  readonly sinceMs: number | null;
  readonly file: string;
}

/** The worst first; among equals, the host whose first finding began first. */
export function worseFirst(a: Ranked, b: Ranked): number {
  const [since, other] = [a.sinceMs ?? Number.MAX_VALUE, b.sinceMs ?? Number.MAX_VALUE];
  return (
    WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status) ||
    since - other ||
    a.file.localeCompare(b.file)
  );
}

function rankedOf(hostReport: HostReport): Ranked {
  return { status: statusOf(hostReport), sinceMs: sinceMs(hostReport), file: hostReport.file };
}

function hostsText(ranked: readonly HostReport[], of: HostsSource): string {
  const lines = [...wrap(summarizeHosts(ranked, of), '', ''), ''];
  for (const hostReport of ranked) {
    const since = shownSinceMs(hostReport);
    const status = statusOf(hostReport).toUpperCase().padEnd(8);
    const clock = since === null ? '-'.padEnd(8) : formatClock(since);
    const host = safeText(hostReport.report?.window.header.host ?? '?', 40);
    lines.push(...wrap(`${host}  ${safeText(hostReport.file, 200)}`, '', `${status}  ${clock}  `));
    lines.push(...wrap(verdictOf(hostReport), ' '.repeat(20)));
  }
  lines.push('', FOR_ONE[of]);
  return `${lines.join('\n')}\n`;
}

function summarizeHosts(ranked: readonly HostReport[], of: HostsSource): string {
  const began = ranked
    .flatMap(({ report }) => (report === null ? [] : firstFindingOf(report)))
    .sort((a, b) => a.sinceMs - b.sinceMs)
    .map(
      ({ sinceMs: atMs, host, title }) =>
        `; the first finding began at ${formatClock(atMs)} on ${safeText(host, 40)}: ${title}`,
    );
  return `${ranked.length} ${of}${began[0] ?? ''}`;
}

interface FirstFinding {
  readonly host: string;
  readonly sinceMs: number;
  readonly title: string;
}

/** The finding of a host that began first, which is not always the one in its row. */
function firstFindingOf({ diagnosis, window: { header } }: Report): FirstFinding[] {
  const [first] = [...diagnosis.findings].sort((a, b) => a.sinceMs - b.sinceMs);
  if (first === undefined) return [];
  const title = titlesOf(first, header.netns).at(-1) ?? '';
  return [{ host: header.host, sinceMs: header.startedAtMs + first.sinceMs, title }];
}

function verdictOf({ report, why }: HostReport): string {
  return report === null ? safeText(why ?? 'nothing could be read') : verdictTitle(report);
}

function hostsJson(ranked: readonly HostReport[]): string {
  const captures = ranked.map(({ file, report, why }) => ({
    file,
    why,
    diagnosis:
      report === null ? null : (JSON.parse(diagnosisJson(report.diagnosis, report.window)) as unknown),
  }));
  return `${safeJson(JSON.stringify({ schema: 1, status: worstStatus(ranked), captures }, null, 2))}\n`;
}

function hostsMarkdown(ranked: readonly HostReport[]): string {
  const rows = ranked.map((hostReport) => {
    const since = shownSinceMs(hostReport);
    const host = hostReport.report?.window.header.host ?? '?';
    return [
      statusOf(hostReport),
      host,
      since === null ? '' : formatMoment(since),
      verdictOf(hostReport),
      hostReport.file,
    ]
      .map((cell) => escapeMarkdown(safeText(cell, 300)))
      .join(' | ');
  });
  const table = ['| Status | Host | Since | Verdict | Capture |', '| --- | --- | --- | --- | --- |'];
  const parts = [
    [...table, ...rows.map((row) => `| ${row} |`)].join('\n'),
    ...ranked.flatMap(({ report }) => (report === null ? [] : [diagnosisMarkdown(report).trimEnd()])),
  ];
  return `${parts.join('\n\n')}\n`;
}
