import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';

/** As the kernel: a longer chain of links is a loop. */
const MAX_LINKS = 40;
/** Node does not name it; the same on every architecture that Node runs on (asm-generic/fcntl.h). */
const O_PATH = 0o10_000_000;

/**
 * What a link in the path means. `refuse`: it is an error. `inside`: it is followed as the host below the root would
 * follow it, so that an absolute target begins at the root and `..` does not leave it.
 */
export type LinkRule = 'refuse' | 'inside';

/** A path below a root that is not safe to use; nothing was read or written through it. */
export class UnsafePath extends Error {
  override readonly name = 'UnsafePath';
  constructor(
    readonly code: 'link' | 'hard-link' | 'climbs' | 'no-proc',
    /** With the root before it. */
    readonly path: string,
  ) {
    super(`${path}: ${code}`);
  }
}

/** Something that exists below a root. It stays the same thing until the callback returns, whatever is renamed. */
export interface Place {
  /** A path that the kernel resolves to this very thing: `/proc/self/fd/N`. Append `/NAME` for a child. */
  readonly at: string;
  /** The path below the root, after all links. */
  readonly realPath: string;
  readonly stat: Stats;
}

/**
 * Walks from `root` (empty or `/`: this host) to `path`, never leaving the root, and calls `use` with what is there.
 * Errors of the kernel carry the path with the root before it.
 *
 * Node has no openat(2). Each component is opened as `/proc/self/fd/N/NAME` with O_PATH and O_NOFOLLOW, where N is
 * the open folder before it. The kernel takes `/proc/self/fd/N` to that folder itself, not to a path that is looked
 * up again, and NAME is a single component that is not followed if it is a link. So no other user can exchange a folder for
 * a link between the look and the use. O_PATH opens neither a device nor a FIFO. Without /proc this does not hold,
 * and the walk is refused; on systems other than Linux only reading is possible, by paths.
 */
export function walkBeneath<T>(root: string, path: string, links: LinkRule, use: (place: Place) => T): T {
  const base = root.replace(/\/+$/, '');
  const steps: Step[] = [];
  const here = (): string =>
    `/${steps
      .slice(1)
      .map(({ name }) => name)
      .join('/')}`;
  let trying = '';
  let walking = true;
  try {
    steps.push(openRoot(base, links));
    let rest = componentsOf(path);
    for (let followed = 0; rest.length > 0;) {
      const name = rest.shift() ?? '';
      if (name === '..') {
        if (links === 'refuse') throw new UnsafePath('climbs', base + path);
        if (steps.length > 1) closeStep(steps.pop());
        continue;
      }
      trying = `${here()}/${name}`.replace('//', '/');
      const parent = steps.at(-1)?.at ?? '';
      const step = openStep(`${parent}/${name}`, name);
      if (!step.stat.isSymbolicLink()) {
        steps.push(step);
        continue;
      }
      closeStep(step);
      if (links === 'refuse') throw new UnsafePath('link', base + trying);
      followed += 1;
      if (followed > MAX_LINKS) throw Object.assign(new Error('links in a circle'), { code: 'ELOOP' });
      const target = readlinkSync(`${parent}/${name}`);
      if (target.startsWith('/')) steps.splice(1).forEach(closeStep);
      rest = [...componentsOf(target), ...rest];
    }
    const last = steps.at(-1);
    if (last === undefined) throw new Error('the root is open');
    walking = false;
    return use({ at: last.at, realPath: here(), stat: last.stat });
  } catch (error) {
    // The kernel names the path that it was given, which says nothing to a person.
    if (walking && error instanceof Error && 'path' in error && !(error instanceof UnsafePath))
      Object.assign(error, { path: `${base}${trying}` });
    throw error;
  } finally {
    steps.forEach(closeStep);
  }
}

interface Step {
  /** `null` where paths stand in for descriptors. */
  readonly fd: number | null;
  readonly at: string;
  readonly name: string;
  readonly stat: Stats;
}

const BY_DESCRIPTOR = process.platform === 'linux';

/** The root is what the user named, so its own links are followed. */
function openRoot(base: string, links: LinkRule): Step {
  const path = base === '' ? '/' : base;
  if (!BY_DESCRIPTOR) {
    if (links === 'refuse') throw new UnsafePath('no-proc', path);
    return { fd: null, at: base, name: '', stat: statSync(path) };
  }
  const step = openDescriptor(path, '', O_PATH | constants.O_DIRECTORY);
  if (!isSameFile(step)) {
    closeStep(step);
    throw new UnsafePath('no-proc', path);
  }
  return step;
}

function openStep(path: string, name: string): Step {
  if (!BY_DESCRIPTOR) return { fd: null, at: path, name, stat: lstatSync(path) };
  return openDescriptor(path, name, O_PATH | constants.O_NOFOLLOW);
}

function openDescriptor(path: string, name: string, flags: number): Step {
  const fd = openSync(path, flags);
  try {
    return { fd, at: `/proc/self/fd/${fd}`, name, stat: fstatSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Whether /proc is mounted and leads to the descriptor. */
function isSameFile({ at, stat }: Step): boolean {
  const through = statSync(at, { throwIfNoEntry: false });
  return through?.ino === stat.ino && through.dev === stat.dev;
}

function closeStep(step: Step | undefined): void {
  if (step?.fd != null) closeSync(step.fd);
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
