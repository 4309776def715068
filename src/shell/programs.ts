import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

/** Where distributions install programs; sudo and cron often leave the sbin folders out of PATH. */
const SYSTEM_FOLDERS: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/** `staff` may write below /usr/local on Debian; the group is empty unless root adds members. */
const LOCAL_FOLDER = '/usr/local/';

const GROUP_WRITE = 0o020;
const OTHER_WRITE = 0o002;
const STICKY = 0o1000;

/** Where to look for programs, and with whose rights they will run. */
export interface ProgramSearch {
  /** As PATH has it; only its absolute folders count. */
  readonly path: string;
  /** As root, programs that others could replace are refused. */
  readonly isRoot: boolean;
}

/** A program's full path, or why there is none: `null` when it is not installed, else a sentence without its end. */
export type FoundProgram =
  | { readonly file: string; readonly refused: null }
  | { readonly file: null; readonly refused: string | null };

/** How this process looks for programs: in PATH, then in the folders of the system. */
export function ownSearch(): ProgramSearch {
  const path = [process.env['PATH'] ?? '', ...SYSTEM_FOLDERS].join(':');
  return { path, isRoot: process.geteuid?.() === 0 };
}

/** The first program of that name, or the one at that full path, that may be run; relative folders never count. */
export function findProgram(name: string, search: ProgramSearch = ownSearch()): FoundProgram {
  let refused: string | null = null;
  const folders = new Set(search.path.split(':').filter((folder) => isAbsolute(folder)));
  for (const file of isAbsolute(name) ? [name] : [...folders].map((folder) => join(folder, name))) {
    if (!isExecutable(file)) continue;
    const writable = search.isRoot ? writableByOthers(file) : null;
    if (writable === null) return { file, refused: null };
    refused ??= `${file} is not run as root, because users other than root can write ${writable}`;
  }
  return { file: null, refused };
}

/**
 * The environment of a child: nothing of ours but what it needs, so that no LD_PRELOAD, NODE_OPTIONS or BPFTRACE_*
 * reaches a program that runs as root.
 */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: SYSTEM_FOLDERS.join(':'), LC_ALL: 'C', HOME: '/', ...more };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The first of the file, what it links to, and the folders above both that another user can change. */
function writableByOthers(file: string): string | null {
  let real: string;
  try {
    real = realpathSync(file);
  } catch {
    return file;
  }
  // The folder that PATH names may be a link itself: a user who can write above either could redirect it.
  for (const path of new Set([...pathAndParents(real), ...pathAndParents(realpathOr(dirname(file)))]))
    if (othersCanWrite(path)) return path;
  return null;
}

function pathAndParents(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...pathAndParents(parent)];
}

function realpathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * In a folder with the sticky bit, such as /tmp, only root can replace what root owns. The owner of `/` is trusted as
 * well: in a user namespace the host's root shows as another user.
 */
function othersCanWrite(path: string): boolean {
  try {
    const stat = statSync(path);
    if (![0, process.geteuid?.(), statSync('/').uid].includes(stat.uid)) return true;
    if (stat.isDirectory() && (stat.mode & STICKY) !== 0) return false;
    const byGroup = (stat.mode & GROUP_WRITE) !== 0 && stat.gid !== 0 && !`${path}/`.startsWith(LOCAL_FOLDER);
    return byGroup || (stat.mode & OTHER_WRITE) !== 0;
  } catch {
    return true;
  }
}
