import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files of a Debian 12 with 3 GiB and Linux 6.1, as the scenario plan-closes-the-loop found them. */
const RECORDED = new URL('../fixtures/hosts/debian-12-3g.json', import.meta.url);

/** A host of files in a folder of its own. */
export interface HostTree {
  readonly root: string;
  write(path: string, text: string): void;
  read(path: string): string;
  /**
   * Every file with its content and mode, to be compared before and after; blanks between the figures of a sysctl
   * are the kernel's own, which prints tabs whatever was written.
   */
  everything(): Readonly<Record<string, string>>;
  remove(): void;
}

/** Lays the recorded host out, with `files` over it. */
export function recordedHost(files: Readonly<Record<string, string>> = {}): HostTree {
  const root = mkdtempSync(join(tmpdir(), 'ctdiag-host-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const recorded = JSON.parse(readFileSync(RECORDED, 'utf8')) as Record<string, string>;
  for (const [path, text] of Object.entries({ ...recorded, ...files })) write(path, text);
  return {
    root,
    write,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    everything() {
      const found: Record<string, string> = {};
      for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
        const stat = statSync(join(root, path));
        const mode = (stat.mode & 0o7777).toString(8);
        found[path] = stat.isFile()
          ? `${mode} ${readFileSync(join(root, path), 'utf8').trim().replaceAll('\t', ' ')}`
          : mode;
      }
      return found;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
