import type { Wanted } from '../../plan/index.js';

/** What a remedy does, in words and commands that can be pasted. */
export interface FixWords {
  /** What to do, as a person would say it. */
  readonly action: string;
  /** The command for now; `null` when no command does it. */
  readonly command: string | null;
  /** How to keep it over a reboot; `null` when it needs no keeping. */
  readonly persist: string | null;
  /** How to take it back; `null` when there is nothing to take back. */
  readonly undo: string | null;
  readonly effect: string;
  readonly caveat: string;
}

/** A remedy before it is known what the files of the host make of it. */
export interface FixDraft extends Omit<FixWords, 'persist'> {
  readonly persist: KeptSysctls | string | null;
}

/** Sysctls that a remedy keeps over a reboot in a file that is ours alone. */
export interface KeptSysctls {
  readonly path: string;
  readonly sysctls: readonly Wanted[];
  /** Commands that must be run beside it. */
  readonly beside: readonly string[];
}
