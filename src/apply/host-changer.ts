import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { sysctlPath } from '../sources/host/read-host.js';

/** Text and mode of a file. */
export interface FileBefore {
  readonly text: string;
  readonly mode: number;
}

/** Reads and changes a host below a root folder. Each call makes its whole change or throws. */
export interface HostChanger {
  /** Prefix of every path; empty is this host. */
  readonly root: string;
  /** The current value, words separated by one space; throws if it cannot be read. */
  sysctl(name: string): string;
  setSysctl(name: string, value: string): void;
  /** Throws if the sysctl cannot be opened for writing; changes nothing. */
  tryToOpen(name: string): void;
  file(path: string): FileBefore | null;
  /** Whether there is anything at the path. */
  exists(path: string): boolean;
  /** Atomic: no reader sees half of the file. Returns the folders it created. */
  writeFile(path: string, content: FileBefore): readonly string[];
  removeFile(path: string): void;
  /** Removes folders that are empty; others stay. */
  removeFolders(paths: readonly string[]): void;
}

/** Opens the host below `root`; the empty one is this host. */
export function openHostChanger(root: string): HostChanger {
  return {
    root,
    sysctl: (name) =>
      readFileSync(`${root}${sysctlPath(name)}`, 'utf8')
        .trim()
        .replace(/\s+/g, ' '),
    setSysctl(name, value) {
      // Never created; a single write, as the kernel takes each write as a value.
      const file = openSync(`${root}${sysctlPath(name)}`, constants.O_WRONLY | constants.O_TRUNC);
      try {
        writeSync(file, `${value}\n`);
      } finally {
        closeSync(file);
      }
    },
    tryToOpen(name) {
      closeSync(openSync(`${root}${sysctlPath(name)}`, constants.O_WRONLY));
    },
    file(path) {
      try {
        const stat = lstatSync(`${root}${path}`);
        if (!stat.isFile())
          throw Object.assign(new Error(`${path} is not a regular file`), {
            code: 'EINVAL',
            path: `${root}${path}`,
          });
        return { text: readFileSync(`${root}${path}`, 'utf8'), mode: stat.mode & 0o7777 };
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
    exists: (path) => lstatSync(`${root}${path}`, { throwIfNoEntry: false }) !== undefined,
    writeFile(path, { text, mode }) {
      const made = makeFolders(root, dirname(path));
      const full = `${root}${path}`;
      const half = `${full}.ctdiag-new`;
      try {
        const file = openSync(half, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
        try {
          const bytes = Buffer.from(text);
          for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
        chmodSync(half, mode);
        renameSync(half, full);
      } catch (error) {
        ignoreErrors(() => unlinkSync(half));
        this.removeFolders(made);
        throw error;
      }
      return made;
    },
    removeFile: (path) => unlinkSync(`${root}${path}`),
    removeFolders(paths) {
      // The innermost was made last.
      for (const path of [...paths].reverse()) ignoreErrors(() => rmdirSync(`${root}${path}`));
    },
  };
}

/** Makes what is missing of a folder's path; returns what it made, the outermost first. */
function makeFolders(root: string, folder: string): string[] {
  const made: string[] = [];
  const parts = folder.split('/').filter((part) => part !== '');
  parts.forEach((_, index) => {
    const path = `/${parts.slice(0, index + 1).join('/')}`;
    try {
      mkdirSync(`${root}${path}`, { mode: 0o755 });
      made.push(path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  });
  return made;
}

function ignoreErrors(step: () => void): void {
  try {
    step();
  } catch {
    // Clean-up after a failure: the first error is the one to report.
  }
}
