import type { HostFile, HostFiles } from './host-files.js';

/** One file of a directory like sysctl.d. */
export interface ConfFile {
  readonly file: string;
  /** The file of the same name that hides it; `null` when it is read. */
  readonly maskedBy: string | null;
  /** `null` when it could not be read. */
  readonly content: HostFile | null;
}

/**
 * The `.conf` files of directories that share names, as systemd, procps and kmod read them: of files with one
 * name the first directory's counts, and all are read in the order of their names whatever their directory.
 * Masked files follow the file that hides them. systemd and kmod pass over dot files, procps does not.
 */
export function confFiles(files: HostFiles, folders: readonly string[], dotFiles = false): ConfFile[] {
  const byName = new Map<string, string[]>();
  const seen = new Set<string>();
  for (const folder of folders) {
    // On a merged /usr, /lib/sysctl.d is /usr/lib/sysctl.d: the same files, not hidden ones.
    const real = files.resolve(folder);
    if (real === null || seen.has(real)) continue;
    seen.add(real);
    for (const name of files.list(folder)) {
      if (!name.endsWith('.conf') || (!dotFiles && name.startsWith('.'))) continue;
      const paths = byName.get(name) ?? [];
      paths.push(`${folder}/${name}`);
      byName.set(name, paths);
    }
  }
  const names = [...byName.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return names.flatMap((name) => {
    const [first = '', ...hidden] = byName.get(name) ?? [];
    return [
      { file: first, maskedBy: null, content: files.read(first) },
      ...hidden.map((file) => ({ file, maskedBy: first, content: files.read(file) })),
    ];
  });
}

/** The directories that hold `name`, of the highest precedence first. */
export function confFolders(name: string): string[] {
  return ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map((parent) => `${parent}/${name}`);
}
