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
 * The commands for a finding, in the order in which to try them: those of its fixes and checks, then how to read the
 * evidence by hand. A sentence alone is never all there is.
 */
export function nextCommands(
  finding: Finding,
  window: ScreenState['window'],
): readonly [NextCommand, ...NextCommand[]] {
  const words = finding.fixes.map((fix) => fixWords(fix, window?.last.settings));
  const own = words.flatMap((fix) => (fix.command === null ? [] : [ofFix(fix, fix.command)]));
  // Where no fix has a command, the look is for want of it.
  const action = own.length === 0 ? (words[0]?.action ?? null) : null;
  const looks = lookupCommands(finding.evidence, window?.header.netns).map((command) =>
    lookOf(command, action),
  );
  const [first = lookOf('ctdiag limits', action), ...rest] = [...own, ...looks];
  return [first, ...rest, lookOf('ctdiag limits', action)];
}

function ofFix({ kind, action, effect, brief }: FixWords, command: string): NextCommand {
  return { kind, command, action, effect, brief: brief ?? null };
}

function lookOf(command: string, action: string | null): NextCommand {
  return { kind: 'check', command, action, effect: null, brief: null };
}

/** The first command of a finding, which the copy key takes on its page; `null` where there is no finding. */
export function firstCommand(state: ScreenState | null, index: number): string | null {
  const finding = state?.diagnosis?.findings[index];
  return finding === undefined ? null : nextCommands(finding, state?.window ?? null)[0].command;
}
