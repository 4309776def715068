import type { FilePlace, SettingsRecord, SysctlFile } from '../records/index.js';

/** A line that sets a sysctl. */
export interface SysctlPlace extends FilePlace {
  readonly value: string;
}

/** A line that sets a sysctl and has no effect. */
export interface LosingPlace extends SysctlPlace {
  /** `overridden` by a later line; `masked` with its file; `glob`: a line with the full name wins; `not-read` at boot. */
  readonly why: 'overridden' | 'masked' | 'glob' | 'not-read';
}

/** What the files say of a sysctl. */
export interface FileValue {
  /** The line that counts at boot; `null` when no file sets it. */
  readonly wins: SysctlPlace | null;
  readonly loses: readonly LosingPlace[];
}

/** Names of the same kernel variable, with slashes. */
const ALIASES: readonly (readonly string[])[] = [['net/netfilter/nf_conntrack_max', 'net/nf_conntrack_max']];

interface Assignment extends SysctlPlace {
  readonly key: string;
  readonly glob: boolean;
  readonly file: string;
  readonly source: SysctlFile;
}

/**
 * Which line sets a sysctl (name with dots) at boot, and which lines have no effect. As in systemd-sysctl: the last line
 * with a key counts, a key named anywhere is excluded from all globs, and assignments are made in the order of the
 * lines that count. procps does the same.
 */
export function fileValueOf(settings: SettingsRecord, name: string): FileValue {
  const wanted = name.replaceAll('.', '/');
  const names = ALIASES.find((aliase) => aliase.includes(wanted)) ?? [wanted];
  const loses: LosingPlace[] = [];
  const named = new Map<string, Assignment>();
  const globs: Assignment[] = [];
  const excluded = new Set<string>();
  // Since named keys are moved behind those before them, this is the order of application.
  const order: Assignment[] = [];

  for (const source of settings.sysctlFiles) {
    for (const { line, key, value } of source.lines) {
      const glob = isGlob(key);
      if (!names.some((name) => (glob ? globMatches(key, name) : key === name))) continue;
      if (value === null) {
        if (source.readAtBoot) excluded.add(key);
        continue;
      }
      const assignment: Assignment = { key, glob, file: source.file, line, value, source };
      if (!source.readAtBoot) {
        loses.push({ ...placeOf(assignment), why: source.maskedBy === null ? 'not-read' : 'masked' });
        continue;
      }
      order.push(assignment);
      if (glob) globs.push(assignment);
      else named.set(key, assignment);
    }
  }

  let wins: Assignment | null = null;
  for (const assignment of order) {
    const covered = (target: string): boolean =>
      globMatches(assignment.key, target) && !excluded.has(target) && !named.has(target);
    const counts = assignment.glob ? names.some(covered) : named.get(assignment.key) === assignment;
    if (!counts) {
      loses.push({ ...placeOf(assignment), why: assignment.glob ? 'glob' : 'overridden' });
      continue;
    }
    if (wins !== null) loses.push({ ...placeOf(wins), why: 'overridden' });
    wins = assignment;
  }
  return { wins: wins === null ? null : placeOf(wins), loses };
}

function placeOf({ source, line, value }: Assignment): SysctlPlace {
  // Name the file to edit, not the link to it.
  return { file: source.linkTo ?? source.file, line, value };
}

function isGlob(key: string): boolean {
  return /[*?[]/.test(key);
}

/** glob(7) over a path: `*` and `?` stay between two slashes. */
function globMatches(glob: string, path: string): boolean {
  const parts = glob.split('/');
  const names = path.split('/');
  return parts.length === names.length && parts.every((part, index) => partMatches(part, names[index] ?? ''));
}

/** Backtracks only to the last `*`, so no pattern is slow. */
function partMatches(pattern: string, name: string): boolean {
  let at = 0;
  let from = 0;
  let star: number | null = null;
  let starFrom = 0;
  while (from < name.length) {
    const step = at < pattern.length ? segmentMatches(pattern, at, name[from] ?? '') : null;
    if (pattern[at] === '*') {
      star = at;
      starFrom = from;
      at += 1;
    } else if (step !== null) {
      at = step;
      from += 1;
    } else if (star !== null) {
      at = star + 1;
      starFrom += 1;
      from = starFrom;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** The index after the pattern's segment at `at` if it matches the character, else `null`. */
function segmentMatches(pattern: string, at: number, character: string): number | null {
  const piece = pattern[at];
  if (piece === '?') return at + 1;
  if (piece !== '[') return piece === character ? at + 1 : null;
  const end = pattern.indexOf(']', at + 2);
  if (end < 0) return character === '[' ? at + 1 : null;
  let set = pattern.slice(at + 1, end);
  const negated = set.startsWith('!') || set.startsWith('^');
  if (negated) set = set.slice(1);
  let inside = false;
  for (let index = 0; index < set.length; index += 1) {
    const low = set[index] ?? '';
    const high = set[index + 1] === '-' && index + 2 < set.length ? (set[index + 2] ?? low) : low;
    if (high !== low || set[index + 1] === '-') index += 2;
    if (character >= low && character <= high) inside = true;
  }
  return inside === negated ? null : end + 1;
}
