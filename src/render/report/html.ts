import { nearShare, STANDARD_THRESHOLDS } from '../../diagnose/index.js';
import type { Evidence, Finding, Thresholds } from '../../diagnose/index.js';
import { CEILING_KINDS, HIGH_SHARE, nearestFirst } from '../../model/index.js';
import type { CeilingStats, Window } from '../../model/index.js';
import { escapeHtml } from './escape-html.js';
import { flowTables } from '../words/flows.js';
import { HTML_STYLE } from './html-style.js';
import { fixWords } from '../words/fixes/index.js';
import { LIMIT_CHANGES_TITLE, limitChangeWords } from '../words/limit-changes.js';
import { formatClock, formatCount, formatDuration, formatLimit, formatShare } from '../numbers.js';
import { trendOfCeiling, trendsOfRates, placeWords, spanWords, verdictTitle } from './report.js';
import type { Report } from './report.js';
import { svgChart } from './svg-chart.js';
import { focusCeiling } from './focus-ceiling.js';
import { coverageWords } from './text.js';
import { ceilingTitle } from '../words/ceiling-title.js';
import { confidenceWords, evidenceWords } from '../words/evidence.js';
import { manualOf, titleOf } from '../words/titles.js';

const FLOWS_SHOWN = 20;

/** No script and no request: the report can be opened from a mail and forwarded. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** The diagnosis as one self-contained page: `diagnose --format html`. */
export function diagnosisHtml(report: Report): string {
  const { diagnosis, window } = report;
  const title = escapeHtml(verdictTitle(report));
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(window.header.host)}: ${title}</title>`,
    `<style>${HTML_STYLE}</style>`,
    `<h1 class="${diagnosis.status}"><b>${diagnosis.status}</b>${title}</h1>`,
    `<p class="quiet">${escapeHtml(placeWords(report))}</p>`,
    ...diagnosis.findings.slice(0, 1).map((finding) => findingPart(finding, window, false)),
    ...chartParts(report),
    ...diagnosis.findings.slice(1).map((finding) => findingPart(finding, window, true)),
    ...limitChangeParts(window),
    ...flowParts(window),
    nearestPart(report),
    `<footer><p>${escapeHtml(coverageWords(diagnosis, window))}</p><p>Made by ctdiag ${escapeHtml(report.version)}.</p></footer>`,
    '</html>',
    '',
  ].join('\n');
}

function findingPart(finding: Finding, window: Window, titled: boolean): string {
  const { netns } = window.header;
  const cause =
    finding.causedBy === null ? '' : `<p>Caused by <code>${escapeHtml(finding.causedBy)}</code>.</p>`;
  return [
    '<section>',
    ...(titled
      ? [
          `<h2 class="${finding.severity}"><b>${finding.severity}</b>${escapeHtml(titleOf(finding, netns))}</h2>`,
        ]
      : []),
    `<p><code>${escapeHtml(finding.code)}</code>, ${escapeHtml(spanWords(finding, window))}</p>`,
    `<p>${escapeHtml(confidenceWords(finding))}</p>${cause}`,
    ...fixParts(finding, window),
    ...evidenceParts('Evidence', finding.evidence, netns),
    ...evidenceParts('Evidence against', finding.against, netns),
    `<p class="quiet">More in <code>${manualOf(finding.code)}</code>.</p>`,
    '</section>',
  ].join('\n');
}

function fixParts(finding: Finding, window: Window): string[] {
  return finding.fixes.flatMap((fix) => {
    const { kind, action, command, persist, undo, effect, caveat } = fixWords(fix, window.last.settings);
    const step = (label: string, code: string | null): string[] =>
      code === null
        ? []
        : [`<p class="quiet">${label}</p>`, `<pre>${code.split('\n').map(escapeHtml).join('\n')}</pre>`];
    return [
      `<h3>${kind === 'check' ? 'Check' : 'Fix'}: ${escapeHtml(action)}</h3>`,
      ...step('now', command),
      ...step('to make it persistent', persist),
      ...step('to undo it', undo),
      `<p>${escapeHtml(`${effect} ${caveat}`)}</p>`,
    ];
  });
}

function evidenceParts(title: string, list: readonly Evidence[], netns: Window['header']['netns']): string[] {
  if (list.length === 0) return [];
  return [
    `<h3>${title}</h3>`,
    '<ul>',
    ...list.map((evidence) => `<li>${escapeHtml(evidenceWords(evidence, netns))}</li>`),
    '</ul>',
  ];
}

function chartParts(report: Report): string[] {
  const { trend, window, diagnosis } = report;
  const [first, last] = [trend[0], trend.at(-1)];
  if (first === undefined || last === undefined || trend.length < 2)
    return ['<p class="quiet">Only one sample: there is no timeline to draw.</p>'];
  const spanMs = Math.max(1, last.elapsedMs - first.elapsedMs);
  const axis = {
    positions: trend.map((point) => (point.elapsedMs - first.elapsedMs) / spanMs),
    from: formatClock(window.header.startedAtMs + first.elapsedMs),
    to: formatClock(window.header.startedAtMs + last.elapsedMs),
  };
  const drawn: string[] = [];
  const ceiling = focusCeiling(window, diagnosis.findings);
  if (ceiling !== undefined) {
    const title = ceilingTitle(ceiling, window.last.netnsLabels, window.header.netns);
    const values = trendOfCeiling(report, ceiling);
    const line = { title: `used ${formatCount(ceiling.used)}`, tone: 'used', values } as const;
    drawn.push(
      figurePart(
        `${title}, of ${formatLimit(ceiling.limit)}`,
        svgChart({ ...axis, title, lines: [line], limit: ceiling.limit }),
      ),
    );
  }
  const rates = trendsOfRates(report);
  if (rates.length > 0) {
    const lines = rates.map(({ title, harmful, values }, index) => ({
      title: `${title}, peak ${formatCount(Math.max(...values.map((value) => value ?? 0)))}`,
      values,
      tone: harmful ? (index < 2 ? ('harmful' as const) : ('other' as const)) : ('used' as const),
    }));
    drawn.push(
      figurePart('rates per second', svgChart({ ...axis, title: 'rates per second', lines, limit: null })),
    );
  }
  return drawn;
}

function figurePart(caption: string, svg: string): string {
  return `<figure><figcaption>${escapeHtml(caption)}</figcaption>\n${svg}\n</figure>`;
}

function limitChangeParts(window: Window): string[] {
  const changes = limitChangeWords(window);
  if (changes.length === 0) return [];
  return [
    `<h2>${LIMIT_CHANGES_TITLE}</h2>`,
    '<ul>',
    ...changes.map((change) => `<li>${escapeHtml(change)}</li>`),
    '</ul>',
  ];
}

function flowParts(window: Window): string[] {
  return flowTables(window, FLOWS_SHOWN).flatMap(({ title, rows }) => [
    `<h2>${escapeHtml(title)}</h2>`,
    '<table>',
    ...rows.map(({ count, flow }) => `<tr><td class="n">${count}<td>${escapeHtml(flow)}`),
    '</table>',
  ]);
}

function nearestPart({
  window: { ceilings, last, header },
  thresholds = STANDARD_THRESHOLDS,
}: Report): string {
  const known = nearestFirst(ceilings);
  if (known.length === 0) return '<p>No limit could be read.</p>';
  return [
    '<h2>Ceilings, nearest first</h2>',
    '<table><thead><tr><th>ceiling<th class="n">used<th class="n">limit<th class="n">share<th><th class="n">full in<th>set by</thead>',
    ...known.map((ceilingStats) =>
      ceilingRow(ceilingStats, ceilingTitle(ceilingStats, last.netnsLabels, header.netns), thresholds),
    ),
    '</table>',
  ].join('\n');
}

function ceilingRow(ceilingStats: CeilingStats, title: string, thresholds: Thresholds): string {
  // The browser colours the meter from these: well used, then near. The first may not lie above the second.
  const high = nearShare(thresholds, ceilingStats.id);
  const low = Math.min(HIGH_SHARE, high);
  const share = Math.min(1, ceilingStats.share ?? 0).toFixed(3);
  const fullIn =
    ceilingStats.fullInSec === 0
      ? 'now'
      : ceilingStats.fullInSec === null
        ? ''
        : formatDuration(ceilingStats.fullInSec);
  const meter =
    ceilingStats.share === null
      ? ''
      : `<meter min="0" max="1" low="${low}" high="${high}" optimum="0" value="${share}">${escapeHtml(formatShare(ceilingStats.share))}</meter>`;
  return `<tr><td>${escapeHtml(title)}<td class="n">${formatCount(ceilingStats.used)}<td class="n">${formatLimit(ceilingStats.limit)}<td class="n">${escapeHtml(formatShare(ceilingStats.share))}<td>${meter}<td class="n">${fullIn}<td><code>${escapeHtml(CEILING_KINDS[ceilingStats.id].setBy)}</code>`;
}
