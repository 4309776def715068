import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isAbsent } from '../errno.js';
import { UnsafePath, walkBeneath } from '../sources/host/beneath.js';
import type { Place } from '../sources/host/beneath.js';
import { sysctlPath } from '../sources/host/read-host.js';

/** Text and mode of a file. */
export interface FileBefore {
  readonly text: string;
  readonly mode: number;
}

/** A file with its owner's user id. */
export interface OwnedFile extends FileBefore {
  readonly uid: number;
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
  /** The file at a path, `null` if there is none; throws if it is something else, or too large. */
  file(path: string): OwnedFile | null;
  /** Whether there is anything at the path. */
  exists(path: string): boolean;
  /** Atomic: no reader sees half of the file. Returns the folders it created. */
  writeFile(path: string, content: FileBefore): readonly string[];
  removeFile(path: string): void;
  /** Removes folders that are empty; others stay. */
  removeFolders(paths: readonly string[]): void;
}

/** Larger files are neither ours nor restorable. */
const MAX_BYTES = 1024 * 1024;

/**
 * Opens the host below `root`; the empty one is this host. Below a root links are refused, as the tree may belong to
 * someone else; of this host only the last component must not be one.
 */
export function openHostChanger(root: string): HostChanger {
  const folderLinks = root === '' ? 'inside' : 'refuse';

  function inFolder<T>(path: string, use: (folder: Place) => T): T {
    return walkBeneath(root, dirname(path), folderLinks, use);
  }

  /** Opens what is at the path, unless it is a link, a device, a pipe or a folder. */
  function openRegular<T>(path: string, flags: number, use: (fd: number, stat: Stats) => T): T {
    return walkBeneath(root, dirname(path), folderLinks, (folder) =>
      walkBeneath(folder.at, basename(path), 'refuse', ({ at, stat }) => {
        if (!stat.isFile()) throw Object.assign(new Error(path), { code: 'EINVAL', path });
        // A second name may be that of a file outside of the root.
        if (flags !== constants.O_RDONLY && stat.nlink > 1) throw new UnsafePath('hard-link', path);
        const fd = openSync(at, flags | constants.O_NONBLOCK);
        try {
          return use(fd, fstatSync(fd));
        } finally {
          closeSync(fd);
        }
      }),
    );
  }

  /** Errors name the path with the root before it, whatever step they come from. */
  function named<T>(path: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Error) || !('path' in error)) throw error;
      const shown = String(error.path);
      // The kernel names the descriptor of a folder, and some errors only the path of the host.
      if (shown.startsWith(`${root}/`) && !shown.startsWith('/proc/self/fd/')) throw error;
      const full = `${root}${path}`;
      if (error instanceof UnsafePath) throw new UnsafePath(error.code, full);
      Object.assign(error, { path: full });
      throw error;
    }
  }

  const changer: HostChanger = {
    root,
    sysctl(name) {
      const path = sysctlPath(name);
      return named(path, () =>
        openRegular(path, constants.O_RDONLY, (fd) => readBounded(fd).trim().replace(/\s+/g, ' ')),
      );
    },
    setSysctl(name, value) {
      const path = sysctlPath(name);
      named(path, () =>
        openRegular(path, constants.O_WRONLY, (fd) => {
          // A file of a copied tree keeps no rest of a longer value; /proc has nothing to cut off.
          if (root !== '') ftruncateSync(fd, 0);
          // Never created; a single write, as the kernel takes each write as a value.
          writeSync(fd, `${value}\n`);
        }),
      );
    },
    tryToOpen(name) {
      const path = sysctlPath(name);
      named(path, () => openRegular(path, constants.O_WRONLY, () => undefined));
    },
    file(path) {
      try {
        return named(path, () =>
          openRegular(path, constants.O_RDONLY, (fd, { mode, uid }) => ({
            text: readBounded(fd),
            mode: mode & 0o7777,
            uid,
          })),
        );
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
    exists(path) {
      try {
        return walkBeneath(root, path, folderLinks, () => true);
      } catch (error) {
        return !isAbsent(error);
      }
    },
    writeFile(path, content) {
      return named(path, () => {
        const made = makeFolders(dirname(path));
        try {
          inFolder(path, (folder) => replaceFile(folder, basename(path), content));
        } catch (error) {
          changer.removeFolders(made);
          throw error;
        }
        return made;
      });
    },
    removeFile(path) {
      named(path, () => inFolder(path, ({ at }) => unlinkSync(`${at}/${basename(path)}`)));
    },
    removeFolders(paths) {
      // The innermost was made last.
      for (const path of [...paths].reverse())
        ignoreErrors(() => inFolder(path, ({ at }) => rmdirSync(`${at}/${basename(path)}`)));
    },
  };
  return changer;

  /** Makes what is missing of a folder's path; returns what it made, the outermost first. */
  function makeFolders(folder: string): string[] {
    const made: string[] = [];
    const parts = folder.split('/').filter((part) => part !== '');
    parts.forEach((_, index) => {
      const path = `/${parts.slice(0, index + 1).join('/')}`;
      try {
        inFolder(path, ({ at }) => mkdirSync(`${at}/${basename(path)}`, { mode: 0o755 }));
        made.push(path);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
    });
    return made;
  }
}

/** Writes beside the file and renames over it: a link in its place is replaced, never followed. */
function replaceFile({ at }: Place, name: string, { text, mode }: FileBefore): void {
  const half = `${at}/${name}.ctdiag-new`;
  // Left behind by a run that was killed.
  ignoreErrors(() => unlinkSync(half));
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = openSync(half, flags, mode);
    try {
      const bytes = Buffer.from(text);
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      fchmodSync(file, mode);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(half, `${at}/${name}`);
  } catch (error) {
    ignoreErrors(() => unlinkSync(half));
    throw error;
  }
}

function readBounded(fd: number): string {
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  for (let got = -1; got !== 0 && length < buffer.length; length += got)
    got = readSync(fd, buffer, length, buffer.length - length, null);
  if (length > MAX_BYTES) throw Object.assign(new Error('too large'), { code: 'EFBIG', path: '' });
  return buffer.toString('utf8', 0, length);
}

function ignoreErrors(step: () => void): void {
  try {
    step();
  } catch {
    // Clean-up after a failure: the first error is the one to report.
  }
}
