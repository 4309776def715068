import type { Diagnosis, Finding } from '../../diagnose/index.js';
import { nearestFirst } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import type { CoverageRecord } from '../../records/index.js';
import { flowTables } from '../words/flows.js';
import type { FlowTable } from '../words/flows.js';
import { fixWords } from '../words/fixes/index.js';
import { LIMIT_CHANGES_TITLE, limitChangeWords } from '../words/limit-changes.js';
import {
  formatClock,
  formatCount,
  formatDuration,
  formatLimit,
  formatMoment,
  formatShare,
} from '../numbers.js';
import { safeText } from '../safe-text.js';
import { ceilingTitle } from '../words/ceiling-title.js';
import { fitTitle } from '../words/fit-title.js';
import { confidenceWords, evidenceWords } from '../words/evidence.js';
import { manualOf, titleOf } from '../words/titles.js';
import { noFindingWords, sightSentences } from '../words/sight.js';
import { beginWords } from './report.js';
import { WIDTH, wrapTo } from '../wrap.js';
import type { Wrap } from '../wrap.js';

const NEAREST_SHOWN = 5;
const FLOWS_SHOWN = 5;

/** The diagnosis for a person, `width` columns wide: `diagnose --format text`. */
export function diagnosisText(diagnosis: Diagnosis, window: Window, width = WIDTH): string {
  const wrap = wrapTo(width);
  const { header, fromMs, toMs } = window;
  const clock = (elapsedMs: number): string => formatClock(header.startedAtMs + elapsedMs);
  const lines = [
    ...wrap(
      `${safeText(header.host, 40)}  Linux ${safeText(header.kernel, 40)}  ${formatMoment(header.startedAtMs + fromMs)} to ${clock(toMs)} (${formatDuration((toMs - fromMs) / 1000)})`,
    ),
    '',
  ];
  if (diagnosis.findings.length === 0) lines.push(...wrap(quietVerdict(diagnosis, window)), '');
  for (const finding of diagnosis.findings) lines.push(...findingText(finding, window, wrap), '');
  const changes = limitChangeWords(window);
  if (changes.length > 0)
    lines.push(LIMIT_CHANGES_TITLE, ...changes.flatMap((change) => wrap(change, '  ')), '');
  for (const table of flowTables(window, FLOWS_SHOWN)) lines.push(...flowLines(table, wrap), '');
  lines.push(...nearestLines(window, width), '', ...wrap(coverageWords(diagnosis, window)));
  return `${lines.join('\n')}\n`;
}

/** Repeats the verdict at the end of a report that is longer than the terminal; empty without a finding. */
export function verdictAgain({ findings }: Diagnosis, { header }: Window, width = WIDTH): string {
  const wrap = wrapTo(width);
  const [first] = findings;
  if (first === undefined) return '';
  const words = first.fixes.map((fix) => fixWords(fix)).find(({ command }) => command !== null);
  const what = words?.kind === 'check' ? 'check' : 'fix';
  const lines = [
    '',
    ...wrap(`${first.severity.toUpperCase()}  ${titleOf(first, header.netns)}`),
    ...(words?.command == null
      ? []
      : [`  the first ${what}, explained above:`, ...commandLines(words.command)]),
  ];
  return `${lines.join('\n')}\n`;
}

function quietVerdict(diagnosis: Diagnosis, window: Window): string {
  return `${diagnosis.status.toUpperCase()}  ${noFindingWords(diagnosis, window)}.`;
}

function findingText(finding: Finding, window: Window, wrap: Wrap): string[] {
  const { header } = window;
  const lines = wrap(`${finding.severity.toUpperCase()}  ${titleOf(finding, header.netns)}`);
  const since = beginWords(finding, formatClock(header.startedAtMs + finding.sinceMs));
  const until =
    finding.untilMs === null
      ? `still ongoing at ${formatClock(header.startedAtMs + window.toMs)} (${formatDuration((window.toMs - finding.sinceMs) / 1000)})`
      : `last seen ${formatClock(header.startedAtMs + finding.untilMs)} (${formatDuration((finding.untilMs - finding.sinceMs) / 1000)}), quiet for ${formatDuration((window.toMs - finding.untilMs) / 1000)}`;
  lines.push(...wrap(`${finding.code}, ${since}, ${until}`, '  '));
  if (finding.causedBy !== null) lines.push(...wrap(`caused by ${finding.causedBy}`, '  '));
  lines.push(...wrap(confidenceWords(finding), '  '));
  lines.push('  Evidence');
  for (const evidence of finding.evidence)
    lines.push(...wrap(evidenceWords(evidence, header.netns), '    ', '- '));
  if (finding.against.length > 0) lines.push('  Evidence against');
  for (const evidence of finding.against)
    lines.push(...wrap(evidenceWords(evidence, header.netns), '    ', '- '));
  for (const fix of finding.fixes) {
    const words = fixWords(fix, window.last.settings);
    lines.push(...wrap(`${words.kind === 'check' ? 'Check' : 'Fix'}: ${words.action}`, '  '));
    // Commands stand alone and unbroken, so that they can be pasted.
    if (words.command !== null) lines.push(...commandLines(words.command));
    if (words.persist !== null) lines.push('    to make it persistent:', ...commandLines(words.persist));
    if (words.undo !== null) lines.push('    to undo:', ...commandLines(words.undo));
    lines.push(...wrap(`${words.effect} ${words.caveat}`, '    '));
  }
  lines.push(...wrap(`More in ${manualOf(finding.code)}`, '  '));
  return lines;
}

function flowLines({ title, rows }: FlowTable, wrap: Wrap): string[] {
  return [...wrap(title), ...rows.flatMap(({ count, flow }) => wrap(flow, '  ', `${count.padStart(12)}  `))];
}

function commandLines(command: string): string[] {
  return command.split('\n').map((line) => `      ${line}`);
}

function nearestLines(window: Window, columns: number): string[] {
  const known = nearestFirst(window.ceilings).filter((ceilingStats) => ceilingStats.share !== null);
  if (known.length === 0) return ['No limit could be read.'];
  return [
    'Nearest ceilings',
    ...known.slice(0, NEAREST_SHOWN).map((ceilingStats) => {
      const title = ceilingTitle(ceilingStats, window.last.netnsLabels, window.header.netns);
      const figures = `${formatCount(ceilingStats.used).padStart(12)} of ${formatLimit(ceilingStats.limit).padStart(12)} ${formatShare(ceilingStats.share).padStart(8)}`;
      const width = Math.max(columns, WIDTH) - 4 - figures.length;
      return `  ${fitTitle(safeText(title), width).padEnd(width)}  ${figures}`;
    }),
  ];
}

/** What was watched and what was not, in a few sentences. */
export function coverageWords({ inputHealth, coverage }: Diagnosis, { header, last, toMs }: Window): string {
  const lines = inputHealth.damagedLines;
  return [
    sourceWords(last.coverage),
    ...sightSentences(coverage),
    ...(lines > 0
      ? [`${formatCount(lines)} ${lines === 1 ? 'line' : 'lines'} of the capture could not be read.`]
      : []),
    ...(inputHealth.cutOff
      ? [
          `The recording was cut off at ${formatClock(header.startedAtMs + toMs)}: what came after is unknown.`,
        ]
      : []),
  ].join(' ');
}

function sourceWords(coverage: CoverageRecord | null): string {
  if (coverage === null) return 'Coverage: not reported.';
  const attached = coverage.hooks.filter((hook) => hook.state === 'attached').length;
  const probes =
    coverage.probes === 'attached'
      ? `bpftrace ${safeText(coverage.bpftraceVersion ?? '?', 20)}, ${attached} of ${coverage.hooks.length} probes, ${formatCount(coverage.lostEvents)} events lost`
      : `kernel counters only (${coverage.probes === 'starting' ? 'the probes had not attached yet' : `probes ${coverage.probes}: ${safeText(coverage.reason ?? 'no reason given')}`})`;
  const missing = coverage.hooks
    .filter((hook) => hook.state !== 'attached' && coverage.probes === 'attached')
    .map((hook) => `${safeText(hook.hook, 40)}: ${safeText(hook.reason ?? hook.state)}`);
  const unread = coverage.unreadable.map((item) => `${safeText(item.what, 80)} (${safeText(item.why, 100)})`);
  return [
    `Coverage: ${probes}.`,
    // No kernel counter distinguishes them from other lost packets.
    ...(coverage.probes === 'attached' ? [] : ['Without probes, drops by firewall rules are not seen.']),
    ...(missing.length > 0 ? [`Not attached: ${missing.join('; ')}.`] : []),
    ...(unread.length > 0
      ? [
          `Could not read: ${unread.slice(0, 6).join(', ')}${unread.length > 6 ? ` and ${unread.length - 6} more` : ''}.`,
        ]
      : []),
  ].join(' ');
}
