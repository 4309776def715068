import type { HostChanger } from './host-changer.js';
import type { PlanCommands } from './follow-up.js';
import { formatCounted } from '../render/index.js';
import { EXIT, UserError } from '../exit.js';

/** Asks on the terminal; `null` when there is no terminal. */
export type Ask = ((question: string) => Promise<boolean>) | null;

export interface ApplyOptions {
  readonly root: string;
  readonly unit: string | null;
  readonly yes: boolean;
  readonly ask: Ask;
  readonly say: (line: string) => void;
  /** What to paste next. */
  readonly commands: PlanCommands;
  /** Another host to change than the one below `root`, for tests. */
  readonly host?: HostChanger;
}

/** Asks before the change; a no is not a failure. */
export async function askToContinue({ yes, ask, say }: ApplyOptions, question: string): Promise<boolean> {
  if (yes) return true;
  if (ask === null)
    throw new UserError(
      EXIT.usage,
      'There is no terminal to confirm on. Nothing was changed. --yes applies without asking.',
    );
  const answer = await ask(question);
  if (!answer) say('Nothing was changed.');
  return answer;
}

/** `Change 3 settings and write 1 file`. */
export function questionOf(
  settings: number,
  files: number,
  [change, write]: readonly [string, string],
): string {
  return `${change} ${formatCounted(settings, 'setting')} and ${write}${write === '' ? '' : ' '}${formatCounted(files, 'file')}`;
}
