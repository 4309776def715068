import type { Finding } from '../../src/diagnose/index.js';
import { confidenceWords, evidenceWords, fixWords, manualOf, titleOf } from '../../src/render/index.js';
import type { FixWords } from '../../src/render/index.js';
import { cells, wrapText } from '../draw/cells.js';
import { wrapCommand } from '../draw/wrap-command.js';
import { textLine } from '../draw/line.js';
import type { Line, Tone } from '../draw/line.js';
import { evidenceHistory } from './evidence-history.js';
import { hostNetns, sinceWords } from '../state/moments.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { findingMark } from '../draw/symbols.js';

/** From here on the history stands beside the evidence; a small screen shows the command first. */
const WIDE = 100;

/**
 * A finding in full, without borders or columns, so that it can be selected and pasted; commands stand alone
 * on their rows, from the first column, and are broken only where the terminal is narrower than they are, so that
 * the shell takes them still.
 */
export function detailLines(state: ScreenState, index: number, width: number): Line[] {
  const findings = state.diagnosis?.findings ?? [];
  const finding = findings[Math.min(index, findings.length - 1)];
  if (finding === undefined)
    return [
      textLine('No findings in the last minute.'),
      textLine('1 shows how near each ceiling is to its limit.', 'dim'),
    ];
  const host = hostNetns(state);
  const { symbol, tone } = findingMark(finding);
  const paragraph = (text: string, kind: Tone = 'plain', indent = ''): Line[] =>
    wrapText(cells(text), width - indent.length).map((row) => textLine(`${indent}${row}`, kind));
  const history = evidenceHistory(state, finding, width);
  const lines: Line[] = [
    ...(findings.length > 1
      ? [textLine(`finding ${Math.min(index, findings.length - 1) + 1} of ${findings.length}`, 'dim')]
      : []),
    ...paragraph(`${symbol} ${titleOf(finding, host)}`, tone),
    ...paragraph(sinceWords(state, finding)),
    ...paragraph(confidenceWords(finding)),
    ...(finding.causedBy === null ? [] : paragraph(`caused by ${finding.causedBy}`)),
    [],
    textLine('EVIDENCE', 'strong'),
    ...finding.evidence.flatMap((evidence) => paragraph(evidenceWords(evidence, host), 'plain', '  ')),
    ...againstLines(finding, (text) => paragraph(text, 'plain', '  '), state),
    ...(width >= WIDE ? history : []),
    ...finding.fixes.flatMap((fix, number) =>
      fixLines(fixWords(fix, state.window?.last.settings), number, width, paragraph),
    ),
  ];
  if (width < WIDE) lines.push(...history);
  const explained = textLine(`more in ${manualOf(finding.code)}`, 'dim');
  return finding.fixes.length === 0
    ? [
        ...lines,
        [],
        textLine(
          finding.untilMs === null
            ? finding.causedBy === null
              ? 'no fix follows from these figures alone'
              : `fix ${finding.causedBy}; this follows from it`
            : 'recovered: nothing to fix',
          'dim',
        ),
        explained,
      ]
    : [...lines, [], explained];
}

function againstLines(finding: Finding, wrap: (text: string) => Line[], state: ScreenState): Line[] {
  if (finding.against.length === 0) return [];
  return [
    [],
    textLine('EVIDENCE AGAINST', 'strong'),
    ...finding.against.flatMap((evidence) => wrap(evidenceWords(evidence, hostNetns(state)))),
  ];
}

function fixLines(
  words: FixWords,
  number: number,
  width: number,
  paragraph: (text: string, kind?: Tone, indent?: string) => Line[],
): Line[] {
  const { kind, action, command, persist, undo, effect, caveat } = words;
  const step = (label: string, text: string | null): Line[] =>
    text === null
      ? []
      : [
          textLine(label, 'dim'),
          ...wrapCommand(text.split('\n').map(cells).join('\n'), width).map((row) => textLine(row, 'accent')),
        ];
  return [
    [],
    textLine(`${kind === 'check' ? 'CHECK' : 'FIX'} ${number + 1}`, 'strong'),
    ...paragraph(action, 'strong'),
    ...step('run now:', command),
    ...step('make it persistent:', persist),
    ...step('undo:', undo),
    ...paragraph(effect),
    ...paragraph(caveat, 'warning'),
  ];
}
