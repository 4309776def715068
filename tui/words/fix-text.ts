import type { Finding } from '../../src/diagnose/index.js';
import { fixWords } from '../../src/render/index.js';
import type { FixWords } from '../../src/render/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';

/** The first remedy of a finding in words; `null` when it has none. */
export function firstFix(finding: Finding): FixWords | null {
  const fix = finding.fixes[0];
  return fix === undefined ? null : fixWords(fix);
}

/**
 * A remedy in a line, longest form first. A command that can be undone mends by itself; one that cannot only
 * looks, and says nothing without what it is for.
 */
export function fixCandidates({ action, command, undo }: FixWords): string[] {
  if (command === null) return [action];
  const both = `${action}: ${command}`;
  return undo === null ? [both, action] : [both, command];
}

/** The command that the copy key takes: the first that changes something, else the first that looks. */
export function copyableCommand(state: ScreenState | null, index: number): string | null {
  const words = (state?.diagnosis?.findings[index]?.fixes ?? []).map((fix) => fixWords(fix));
  const mending = words.find((word) => word.command !== null && word.undo !== null);
  return (mending ?? words.find((word) => word.command !== null))?.command ?? null;
}
