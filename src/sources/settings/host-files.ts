import { closeSync, constants, fstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

/** Longer files are no settings that a person wrote. */
const MAX_BYTES = 512 * 1024;
/** As the kernel: a longer chain of links is a loop. */
const MAX_LINKS = 40;
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
  /** The file at an absolute path of the host; `null` when there is none, or it cannot be read. */
  read(path: string): HostFile | null;
  /** Names in a directory, sorted by their bytes; none when it is not there. */
  list(path: string): readonly string[];
  exists(path: string): boolean;
  /** The path after all links, `null` when it leads nowhere. */
  resolve(path: string): string | null;
  /** What could not be read though it is there. */
  readonly unreadable: readonly { readonly what: string; readonly why: string }[];
}

/** Opens the files below `root` (`/` for the host itself). */
export function openHostFiles(root: string): HostFiles {
  const below = root === '/' ? '' : root.replace(/\/+$/, '');
  const unreadable: { what: string; why: string }[] = [];

  function note(what: string, error: unknown): void {
    const why = codeOf(error);
    if (why === 'ENOENT' || why === 'ENOTDIR') return;
    if (!unreadable.some((item) => item.what === what)) unreadable.push({ what, why });
  }

  function resolve(path: string): string | null {
    let rest = path.split('/').filter((part) => part !== '' && part !== '.');
    let done: string[] = [];
    for (let links = 0; rest.length > 0;) {
      const part = rest.shift() ?? '';
      if (part === '..') {
        done.pop();
        continue;
      }
      const here = [...done, part];
      const target = linkTarget(`${below}/${here.join('/')}`);
      if (target === null) {
        done = here;
        continue;
      }
      links += 1;
      if (links > MAX_LINKS) return null;
      if (target.startsWith('/')) done = [];
      rest = [...target.split('/').filter((text) => text !== '' && text !== '.'), ...rest];
    }
    return `/${done.join('/')}`;
  }

  function read(path: string): HostFile | null {
    const realPath = resolve(path);
    if (realPath === null) {
      note(path, Object.assign(new Error('links in a circle'), { code: 'ELOOP' }));
      return null;
    }
    try {
      return { ...readBounded(below + realPath), realPath };
    } catch (error) {
      note(path, error);
      return null;
    }
  }

  return {
    get unreadable() {
      return unreadable;
    },
    read,
    resolve,
    list(path) {
      const realPath = resolve(path);
      if (realPath === null) return [];
      try {
        const names = readdirSync(below + realPath === '' ? '/' : below + realPath).sort(byBytes);
        if (names.length > MAX_ENTRIES)
          unreadable.push({ what: path, why: `only ${MAX_ENTRIES} of its ${names.length} files are read` });
        return names.slice(0, MAX_ENTRIES);
      } catch (error) {
        note(path, error);
        return [];
      }
    },
    exists(path) {
      const realPath = resolve(path);
      if (realPath === null) return false;
      try {
        closeSync(openSync(below + realPath, constants.O_RDONLY | constants.O_NONBLOCK));
        return true;
      } catch (error) {
        return !['ENOENT', 'ENOTDIR'].includes(codeOf(error));
      }
    },
  };
}

/** As strcmp(3) sorts, whatever the locale. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    // No link, or nothing there: opening it will say.
    return null;
  }
}

/** A pipe or a device in the place of a file must not hold us up. */
function readBounded(path: string): Omit<HostFile, 'realPath'> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    // Masked by a link to /dev/null: an empty file.
    if (stat.isCharacterDevice()) return { text: '', changedAtMs: stat.mtimeMs };
    if (!stat.isFile()) throw Object.assign(new Error('no file'), { code: 'not a regular file' });
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
