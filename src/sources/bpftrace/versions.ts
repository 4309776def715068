import type { Version } from './hooks.js';
import { isAtLeast } from './system.js';

/** What one bpftrace wants otherwise than another: options before the program, and variables around it. */
interface Difference {
  readonly since: Version;
  /** The first version to which it no longer applies; `null` for none yet. */
  readonly until: Version | null;
  readonly options: readonly string[];
  /** The variable that bounds the keys of a map. */
  readonly maxKeys: string | null;
}

// -q hides the attach line, --no-warnings keeps compile warnings off stdout (0.24 and newer print them there).
// Of the two names each version warns of, or silently ignores, the one that is not its own.
const DIFFERENCES: readonly Difference[] = [
  { since: [0, 12], until: null, options: ['-q', '--no-warnings'], maxKeys: null },
  { since: [0, 0], until: [0, 20], options: [], maxKeys: 'BPFTRACE_MAP_KEYS_MAX' },
  { since: [0, 20], until: null, options: [], maxKeys: 'BPFTRACE_MAX_MAP_KEYS' },
];

/** How to start a bpftrace of that version: its options, and its environment with the keys of maps bounded. */
export function startOptions(
  version: Version,
  maxMapKeys: number | null,
): { readonly options: readonly string[]; readonly environment: Readonly<Record<string, string>> } {
  const holding = DIFFERENCES.filter(
    ({ since, until }) => isAtLeast(version, since) && (until === null || !isAtLeast(version, until)),
  );
  // A hook that is gone costs itself, not the run (0.24 and newer; those before do so anyway).
  const environment: Record<string, string> = { BPFTRACE_MISSING_PROBES: 'warn' };
  for (const { maxKeys } of holding)
    if (maxKeys !== null && maxMapKeys !== null) environment[maxKeys] = String(maxMapKeys);
  return {
    options: [...holding.flatMap((difference) => difference.options), '-f', 'json', '-B', 'line'],
    environment,
  };
}

/** The first that is known to print its maps at SIGUSR1; 0.11 is ended by it. */
const PRINTS_AT_SIGUSR1: Version = [0, 17];

/** Whether a bpftrace of that version can be asked for its figures without ending. */
export function printsOnRequest(version: Version): boolean {
  return isAtLeast(version, PRINTS_AT_SIGUSR1);
}
