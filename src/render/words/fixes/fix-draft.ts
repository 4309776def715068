import type { FixKind } from '../../../diagnose/index.js';
import type { Wanted } from '../../../plan/index.js';

/** What a fix does, in words and commands that can be pasted. */
export interface FixWords {
  /** A `fix` changes something; a `check` only looks. */
  readonly kind: FixKind;
  /** What to do, as a person would say it. */
  readonly action: string;
  /** The command for now; `null` when no command does it. */
  readonly command: string | null;
  /**
   * A part of the command that fits a line of 80 columns and helps by itself; absent where the command fits, or where
   * no part of it does.
   */
  readonly brief?: string;
  /** How to keep it over a reboot, what no command can do as comments; `null` when it needs no keeping. */
  readonly persist: string | null;
  /** How to take it back; `null` when there is nothing to take back. */
  readonly undo: string | null;
  /** A sentence or more. */
  readonly effect: string;
  /** What to mind, a sentence or more. */
  readonly caveat: string;
}

/** A fix before it is known what the files of the host make of it. */
export interface FixDraft extends Omit<FixWords, 'persist' | 'kind'> {
  readonly persist: KeptSysctls | string | null;
}

/** Sysctls that a fix keeps over a reboot in a file that is ours alone. */
export interface KeptSysctls {
  readonly path: string;
  readonly sysctls: readonly Wanted[];
  /** Names that are kept at the value that they have when the file is written. */
  readonly running: readonly string[];
  /** Commands that must be run beside it. */
  readonly beside: readonly string[];
}

/** Of a check: it changes nothing. */
export const CHANGES_NOTHING = { persist: null, undo: null } as const;
