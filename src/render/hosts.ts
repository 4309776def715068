import type { Status } from '../diagnose/index.js';
import { diagnosisJson } from './json.js';
import { diagnosisMarkdown, escapeMarkdown } from './markdown.js';
import { formatClock, formatMoment } from './numbers.js';
import { verdictTitle } from './report.js';
import type { Report } from './report.js';
import { safeJson, safeText } from './safe-text.js';
import { wrap } from './text.js';

/** The worst first: what is refused, what may be, what nobody knows. */
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

/** The forms that several captures are told in: a page is of one. */
export type HostsFormat = 'text' | 'json' | 'markdown';

/** The verdicts of several hosts in the form asked for, with the end of the last line. */
export function formatHosts(format: HostsFormat, hosts: readonly HostReport[]): string {
  const ranked = [...hosts].sort((a, b) => worseFirst(rankedOf(a), rankedOf(b)));
  switch (format) {
    case 'text':
      return hostsText(ranked);
    case 'json':
      return hostsJson(ranked);
    case 'markdown':
      return hostsMarkdown(ranked);
  }
}

/** The status of the worst of them. */
export function worstStatus(hosts: readonly HostReport[]): Status {
  const found = hosts.map(statusOf);
  return WORST_FIRST.find((one) => found.includes(one)) ?? 'unknown';
}

function statusOf({ report }: HostReport): Status {
  return report?.diagnosis.status ?? 'unknown';
}

/** Wall clock when the first trouble of a host began, by its own header; `null` without any. */
function sinceMs({ report }: HostReport): number | null {
  const since = report?.diagnosis.findings.map((one) => one.sinceMs) ?? [];
  return report === null || since.length === 0 ? null : report.window.header.startedAtMs + Math.min(...since);
}

/** What decides the place of a host in a table. */
export interface Ranked {
  readonly status: Status;
  /** Wall clock when its first trouble began; `null` without any. */
  readonly sinceMs: number | null;
  readonly file: string;
}

/** The worst first; of those as bad as each other the one whose trouble began first. */
export function worseFirst(a: Ranked, b: Ranked): number {
  const [since, other] = [a.sinceMs ?? Number.MAX_VALUE, b.sinceMs ?? Number.MAX_VALUE];
  return (
    WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status) ||
    since - other ||
    a.file.localeCompare(b.file)
  );
}

function rankedOf(one: HostReport): Ranked {
  return { status: statusOf(one), sinceMs: sinceMs(one), file: one.file };
}

function hostsText(ranked: readonly HostReport[]): string {
  const lines = [summary(ranked), ''];
  for (const one of ranked) {
    const since = sinceMs(one);
    const status = statusOf(one).toUpperCase().padEnd(8);
    const clock = since === null ? '-'.padEnd(8) : formatClock(since);
    const host = safeText(one.report?.window.header.host ?? '?', 40);
    lines.push(...wrap(`${host}  ${safeText(one.file, 200)}`, '', `${status}  ${clock}  `));
    lines.push(...wrap(verdictOf(one), ' '.repeat(20)));
  }
  lines.push('', 'More of one: `ctdiag diagnose FILE`, `ctdiag replay FILE`.');
  return `${lines.join('\n')}\n`;
}

function summary(ranked: readonly HostReport[]): string {
  const first = firstInTrouble(ranked);
  const began =
    first === null
      ? ''
      : `; the first trouble began at ${formatClock(first.sinceMs)} on ${safeText(first.host, 40)}`;
  return `${ranked.length} captures${began}`;
}

function firstInTrouble(
  hosts: readonly HostReport[],
): { readonly host: string; readonly sinceMs: number } | null {
  const [first] = hosts
    .flatMap((one) => {
      const since = sinceMs(one);
      return since === null || one.report === null
        ? []
        : [{ host: one.report.window.header.host, sinceMs: since }];
    })
    .sort((a, b) => a.sinceMs - b.sinceMs);
  return first ?? null;
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
  const rows = ranked.map((one) => {
    const since = sinceMs(one);
    const host = one.report?.window.header.host ?? '?';
    return [statusOf(one), host, since === null ? '' : formatMoment(since), verdictOf(one), one.file]
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
