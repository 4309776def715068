import type { Finding } from '../../diagnose/index.js';
import { CEILING_KINDS, nearestFirst } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import { flowTables } from '../words/flows.js';
import { fixWords } from '../words/fixes/index.js';
import { LIMIT_CHANGES_TITLE, limitChangeWords } from '../words/limit-changes.js';
import { formatCount, formatDuration, formatLimit, formatShare } from '../numbers.js';
import { trendOfCeiling, trendsOfRates, placeWords, spanWords, verdictTitle } from './report.js';
import type { Report } from './report.js';
import { safeText } from '../safe-text.js';
import { focusCeiling } from './focus-ceiling.js';
import { coverageWords } from './text.js';
import { ceilingTitle } from '../words/ceiling-title.js';
import { confidenceWords, evidenceWords } from '../words/evidence.js';
import { manualOf, titleOf } from '../words/titles.js';

const MARKS = { ok: '✅', warning: '⚠️', critical: '🔴', unknown: '❔' } as const;
const NEAREST_SHOWN = 6;
const FLOWS_SHOWN = 10;
const SPARK_COLUMNS = 60;

/** The diagnosis for an incident channel or a ticket: `diagnose --format markdown`. */
export function diagnosisMarkdown(report: Report): string {
  const { diagnosis, window } = report;
  const parts = [
    `## ${MARKS[diagnosis.status]} ${escapeMarkdown(verdictTitle(report))}`,
    escapeMarkdown(placeWords(report)),
    ...diagnosis.findings.map((finding, index) => findingPart(finding, window, index)),
    ...limitChangesPart(window),
    ...flowsPart(window),
    trendPart(report),
    nearestPart(window),
    `_${escapeMarkdown(coverageWords(diagnosis, window))} Made by ctdiag ${escapeMarkdown(report.version)}._`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function findingPart(finding: Finding, window: Window, index: number): string {
  const { netns } = window.header;
  const evidence = (list: Finding['evidence'], title: string): string[] =>
    list.length === 0
      ? []
      : [
          `**${title}**`,
          list.map((evidence) => `- ${escapeMarkdown(evidenceWords(evidence, netns))}`).join('\n'),
        ];
  return [
    // The first is the headline already.
    ...(index === 0 ? [] : [`### ${MARKS[finding.severity]} ${escapeMarkdown(titleOf(finding, netns))}`]),
    [
      `- \`${finding.code}\`, ${spanWords(finding, window)}`,
      `- ${escapeMarkdown(confidenceWords(finding))}`,
      ...(finding.causedBy === null ? [] : [`- caused by \`${finding.causedBy}\``]),
    ].join('\n'),
    ...finding.fixes.map((fix) => {
      const { kind, action, command, persist, undo, effect, caveat } = fixWords(fix, window.last.settings);
      const steps = [
        [command, null],
        [persist, 'to make it persistent:'],
        [undo, 'to undo it:'],
      ] as const;
      return [
        `**${kind === 'check' ? 'Check' : 'Fix'}:** ${escapeMarkdown(action)}`,
        ...steps.flatMap(([code, label]) =>
          code === null ? [] : [...(label === null ? [] : [label]), fenceCode(code, 'sh')],
        ),
        escapeMarkdown(`${effect} ${caveat}`),
      ].join('\n\n');
    }),
    ...evidence(finding.evidence, 'Evidence'),
    ...evidence(finding.against, 'Evidence against'),
    `More in \`${manualOf(finding.code)}\`.`,
  ].join('\n\n');
}

/** The timeline in characters: a chart that can be pasted anywhere. */
function trendPart(report: Report): string {
  const ceiling = focusCeiling(report.window, report.diagnosis.findings);
  const { last, header } = report.window;
  const rows: (readonly [title: string, values: readonly (number | null)[], top: number | null])[] = [];
  if (ceiling !== undefined)
    rows.push([
      ceilingTitle(ceiling, last.netnsLabels, header.netns),
      trendOfCeiling(report, ceiling),
      ceiling.limit,
    ]);
  for (const { title, values } of trendsOfRates(report)) rows.push([`${title} /s`, values, null]);
  const drawn = rows.filter(([, values]) => values.filter((value) => value !== null).length > 1);
  if (drawn.length === 0) return '';
  const width = Math.max(...drawn.map(([title]) => Array.from(title).length));
  const fromSec = ((report.trend.at(-1)?.elapsedMs ?? 0) - (report.trend[0]?.elapsedMs ?? 0)) / 1000;
  const lines = drawn.map(([title, values, top]) => {
    const peak = Math.max(...values.map((value) => value ?? 0));
    const scale =
      top === null ? `peak ${formatCount(peak)}` : `peak ${formatCount(peak)} of ${formatCount(top)}`;
    return `${title.padEnd(width)}  ${sparkline(values, Math.max(peak, top ?? 0))}  ${scale}`;
  });
  return `**Timeline (${formatDuration(fromSec)})**\n\n${fenceCode(lines.join('\n'), 'text')}`;
}

function sparkline(values: readonly (number | null)[], top: number): string {
  const columns = Math.min(SPARK_COLUMNS, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const until = Math.max(from + 1, Math.floor(((column + 1) * values.length) / columns));
    const known = values.slice(from, until).filter((value) => value !== null);
    if (known.length === 0) return ' ';
    return '▁▂▃▄▅▆▇█'[top <= 0 ? 0 : Math.min(7, Math.floor((Math.max(...known) / top) * 8))] ?? ' ';
  }).join('');
}

function limitChangesPart(window: Window): string[] {
  const changes = limitChangeWords(window);
  if (changes.length === 0) return [];
  return [`**${LIMIT_CHANGES_TITLE}**`, changes.map((change) => `- ${escapeMarkdown(change)}`).join('\n')];
}

function flowsPart(window: Window): string[] {
  return flowTables(window, FLOWS_SHOWN).map(({ title, rows }) =>
    [
      `| ${escapeMarkdown(title)} | |`,
      '| --- | ---: |',
      ...rows.map(({ count, flow }) => `| ${escapeMarkdown(flow)} | ${count} |`),
    ].join('\n'),
  );
}

function nearestPart({ ceilings, last, header }: Window): string {
  const known = nearestFirst(ceilings).filter((ceilingStats) => ceilingStats.share !== null);
  if (known.length === 0) return 'No limit could be read.';
  return [
    '| Nearest ceilings | used | limit | share | full in | set by |',
    '| --- | ---: | ---: | ---: | ---: | --- |',
    ...known.slice(0, NEAREST_SHOWN).map((ceilingStats) => {
      const fullIn =
        ceilingStats.fullInSec === 0
          ? 'now'
          : ceilingStats.fullInSec === null
            ? ''
            : formatDuration(ceilingStats.fullInSec);
      const title = escapeMarkdown(ceilingTitle(ceilingStats, last.netnsLabels, header.netns));
      return `| ${title} | ${formatCount(ceilingStats.used)} | ${formatLimit(ceilingStats.limit)} | ${escapeMarkdown(formatShare(ceilingStats.share))} | ${fullIn} | \`${CEILING_KINDS[ceilingStats.id].setBy}\` |`;
    }),
  ].join('\n');
}

/**
 * Untrusted text as Markdown shows it literally: no markup, no link, no HTML, no table cell, and no mention of a user
 * by an `@` in the name of a process.
 */
export function escapeMarkdown(text: string): string {
  return (
    safeText(text, 2000)
      .replace(/@(?=\w)/g, '(at)')
      .replace(/[\\`*[\]<>|~&]/g, '\\$&')
      // Inside a word an underscore means nothing, and the kernel's names are full of them.
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
      .replace(/:(?=\/\/)/g, '\\:')
      .replace(/\bwww\./gi, 'www\\.')
  );
}

function fenceCode(code: string, language: string): string {
  const safe = code
    .split('\n')
    .map((line) => safeText(line, 2000))
    .join('\n');
  const longest = Math.max(2, ...Array.from(safe.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${safe}\n${fence}`;
}
