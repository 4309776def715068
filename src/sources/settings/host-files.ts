import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isAbsent } from '../../errno.js';
import { walkBeneath } from '../host/beneath.js';
import type { Place } from '../host/beneath.js';

/** Longer files are no settings that a person wrote. */
const MAX_BYTES = 512 * 1024;
/** Files of one directory that are looked at. */
const MAX_ENTRIES = 2000;

/** A file that was read. */
export interface HostFile {
  readonly text: string;
  /** The path below the root, after all links. */
  readonly realPath: string;
  readonly changedAtMs: number;
}

/** The files of a host below a root directory; links, absolute ones too, never lead out of it. */
export interface HostFiles {
  /** The file at an absolute path of the host; `null` if it does not exist or cannot be read. */
  read(path: string): HostFile | null;
  /** Names in a directory, sorted by their bytes; none when it is not there. */
  list(path: string): readonly string[];
  exists(path: string): boolean;
  /** Where the link at a path leads to, as it says; `null` when it is none. */
  link(path: string): string | null;
  /** The path after all links, `null` when it leads nowhere. */
  resolve(path: string): string | null;
  /** What could not be read though it is there. */
  readonly unreadable: readonly { readonly what: string; readonly why: string }[];
}

/** Opens the files below `root` (`/` for the host itself). */
export function openHostFiles(root: string): HostFiles {
  const unreadable: { what: string; why: string }[] = [];

  function note(what: string, error: unknown): void {
    const why = codeOf(error);
    if (why === 'ENOENT' || why === 'ENOTDIR') return;
    if (!unreadable.some((item) => item.what === what)) unreadable.push({ what, why });
  }

  function walk<T>(path: string, use: (place: Place) => T): T {
    return walkBeneath(root, path, 'inside', use);
  }

  return {
    get unreadable() {
      return unreadable;
    },
    read(path) {
      try {
        return walk(path, (place) => ({ ...readBounded(place), realPath: place.realPath }));
      } catch (error) {
        note(path, error);
        return null;
      }
    },
    link(path) {
      try {
        return walk(dirname(path), ({ at }) => readlinkSync(`${at}/${basename(path)}`));
      } catch {
        return null;
      }
    },
    resolve(path) {
      try {
        return walk(path, ({ realPath }) => realPath);
      } catch (error) {
        note(path, error);
        return null;
      }
    },
    list(path) {
      try {
        const names = walk(path, ({ at }) => readdirSync(at === '' ? '/' : at)).sort(byBytes);
        if (names.length > MAX_ENTRIES)
          unreadable.push({ what: path, why: `only ${MAX_ENTRIES} of its ${names.length} files are read` });
        return names.slice(0, MAX_ENTRIES);
      } catch (error) {
        note(path, error);
        return [];
      }
    },
    exists(path) {
      try {
        return walk(path, () => true);
      } catch (error) {
        return !isAbsent(error);
      }
    },
  };
}

/** As strcmp(3) sorts, whatever the locale. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Devices and pipes are not opened: only what is in a regular file is read. */
function readBounded({ at, stat }: Place): Omit<HostFile, 'realPath'> {
  // Masked by a link to /dev/null: an empty file.
  if (stat.isCharacterDevice()) return { text: '', changedAtMs: stat.mtimeMs };
  if (!stat.isFile()) throw Object.assign(new Error('no file'), { code: 'not a regular file' });
  const fd = openSync(at, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.allocUnsafe(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const got = readSync(fd, buffer, length, buffer.length - length, length);
      if (got === 0) break;
      length += got;
      if (length > MAX_BYTES) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
    }
    return { text: buffer.toString('utf8', 0, length), changedAtMs: Math.max(0, stat.mtimeMs) };
  } finally {
    closeSync(fd);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
