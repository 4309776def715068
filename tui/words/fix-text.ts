import type { Finding } from '../../src/diagnose/index.js';
import { fixWords } from '../../src/render/index.js';
import type { FixWords } from '../../src/render/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';

/** The first fix or check of a finding in words; `null` when it has none. */
export function firstFix(finding: Finding): FixWords | null {
  const fix = finding.fixes[0];
  return fix === undefined ? null : fixWords(fix);
}

/** A fix or a check in a line, longest form first: always its command, or that there is none. */
export function fixCandidates({ action, command, brief }: FixWords): string[] {
  if (command === null) return [`${action} (no command does it)`, 'no command does it'];
  return [`${action}: ${command}`, command, ...(brief === undefined ? [] : [`${action}: ${brief}`, brief])];
}

/** The command that the copy key takes: the first that changes something, else the first that looks. */
export function copyableCommand(state: ScreenState | null, index: number): string | null {
  const words = (state?.diagnosis?.findings[index]?.fixes ?? []).map((fix) => fixWords(fix));
  const fixing = words.find((word) => word.command !== null && word.kind === 'fix');
  return (fixing ?? words.find((word) => word.command !== null))?.command ?? null;
}
