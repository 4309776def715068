import { isPersistentFolder, isPersistentPath, isPlanText, SETTABLE_SYSCTLS } from '../plan/index.js';
import type { FileBefore, HostChanger } from './host-changer.js';
import { EXIT, UserError } from '../exit.js';

/** Holds the values from before a plan until rollback restores them. */
export const STATE_FILE = '/var/lib/ctdiag/before-plan.json';

const SCHEMA = 1;

/** No setuid, setgid or sticky bit, and nothing that others may write. */
const RESTORED_MODE = 0o775;

/** The host before a plan was applied, in the order of the changes. */
export interface StateBefore {
  readonly sysctls: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  readonly files: readonly { readonly path: string; readonly before: FileBefore | null }[];
  /** Folders that were made for the files, the outermost first. */
  readonly folders: readonly string[];
}

/** Nothing changed yet. */
export const UNCHANGED: StateBefore = { sysctls: [], files: [], folders: [] };

/** Reads the state; `null` when no plan is applied. */
export function readState(host: HostChanger): StateBefore | null {
  const file = host.file(STATE_FILE);
  if (file === null) return null;
  const path = `${host.root}${STATE_FILE}`;
  if (file.uid !== 0 && file.uid !== process.geteuid?.())
    throw new UserError(
      EXIT.badData,
      `${path} belongs to user id ${file.uid}, not to root: ctdiag did not write it. Nothing was changed.`,
    );
  if ((file.mode & 0o022) !== 0)
    throw new UserError(
      EXIT.badData,
      `${path} may be written by others (mode ${file.mode.toString(8)}), so its content is not trusted. Nothing was changed.`,
    );
  return decodeState(file.text, path);
}

/** Writes the state, readable by its owner only: it contains files of /etc. */
export function writeState(host: HostChanger, state: StateBefore): void {
  host.writeFile(STATE_FILE, {
    text: `${JSON.stringify({ schema: SCHEMA, ...state }, null, 2)}\n`,
    mode: 0o600,
  });
}

/** A second plan keeps what the first found: `--rollback` restores that. */
export function mergeStates(first: StateBefore, second: StateBefore): StateBefore {
  return {
    sysctls: [
      ...first.sysctls.map((sysctl) => ({
        ...sysctl,
        to: second.sysctls.find(({ name }) => name === sysctl.name)?.to ?? sysctl.to,
      })),
      ...second.sysctls.filter(({ name }) => !first.sysctls.some((sysctl) => sysctl.name === name)),
    ],
    files: [
      ...first.files,
      ...second.files.filter(({ path }) => !first.files.some((file) => file.path === path)),
    ],
    folders: [...first.folders, ...second.folders.filter((path) => !first.folders.includes(path))],
  };
}

/** Accepts only what a plan could have written: the file may have been changed since. */
function decodeState(text: string, path: string): StateBefore {
  const bad = (what: string): never => {
    throw new UserError(
      EXIT.badData,
      `${path} is not a state that ctdiag wrote (${what}). Nothing was changed. Restore what it names by hand, then delete it.`,
    );
  };
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return bad('no JSON');
  }
  const root = recordOf(data) ?? bad('no object');
  if (root['schema'] !== SCHEMA) bad('of another version');
  return {
    sysctls: listOf(root['sysctls'], () => bad('sysctls')).map((item) => {
      const { name, from, to } = item;
      if (typeof name !== 'string' || !SETTABLE_SYSCTLS.includes(name))
        return bad('a setting that no plan sets');
      if (!isValue(from) || !isValue(to)) return bad(`the value of ${name}`);
      return { name, from, to };
    }),
    files: listOf(root['files'], () => bad('files')).map((item) => {
      const { path, before } = item;
      if (typeof path !== 'string' || !isPersistentPath(path)) return bad('a file that no plan writes');
      if (before === null) return { path, before };
      const content = recordOf(before);
      const { text: was, mode } = content ?? {};
      if (typeof was !== 'string' || typeof mode !== 'number' || !Number.isInteger(mode))
        return bad(`the content of ${path}`);
      if (!isPlanText(path, was)) return bad(`lines in ${path} that no plan writes`);
      return { path, before: { text: was, mode: mode & RESTORED_MODE } };
    }),
    folders: (Array.isArray(root['folders']) ? (root['folders'] as unknown[]) : bad('folders')).map((item) =>
      typeof item === 'string' && isPersistentFolder(item) ? item : bad('a folder that no plan makes'),
    ),
  };
}

function isValue(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,20}( \d{1,20}){0,2}$/.test(value);
}

function recordOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : null;
}

function listOf(value: unknown, bad: () => never): Record<string, unknown>[] {
  if (!Array.isArray(value)) return bad();
  return value.map((item: unknown) => recordOf(item) ?? bad());
}
