import type { Finding } from '../../src/diagnose/index.js';
import { fixWords, lookupCommands } from '../../src/render/index.js';
import type { FixWords } from '../../src/render/index.js';
import type { ScreenState } from '../../src/playback/screen-state.js';

/** What to run next, and whether that changes something or only looks. */
export interface NextCommand {
  readonly kind: 'fix' | 'check';
  readonly command: string;
  /** What it is for; `null` where the command speaks for itself. */
  readonly action: string | null;
  readonly effect: string | null;
  /** A shorter form of it; `null` where there is none. */
  readonly brief: string | null;
}

/**
 * The command to run for a finding: that of the first fix or check which has one, for they stand in the order in which to
 * try them; else how to read the evidence by hand. A sentence alone is never all there is.
 */
export function nextCommand(finding: Finding, settings?: Parameters<typeof fixWords>[1]): NextCommand {
  const words = finding.fixes.map((fix) => fixWords(fix, settings));
  const chosen = words.find((fix) => fix.command !== null);
  if (chosen?.command != null) return ofFix(chosen, chosen.command);
  return {
    kind: 'check',
    command: lookupCommands(finding.evidence)[0] ?? 'ctdiag limits',
    action: words[0]?.action ?? null,
    effect: null,
    brief: null,
  };
}

function ofFix({ kind, action, effect, brief }: FixWords, command: string): NextCommand {
  return { kind, command, action, effect, brief: brief ?? null };
}

/** The command that the copy key takes; `null` where nothing is wrong. */
export function copyableCommand(state: ScreenState | null, index: number): string | null {
  const finding = state?.diagnosis?.findings[index];
  return finding === undefined ? null : nextCommand(finding).command;
}
