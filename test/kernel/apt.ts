import { execa } from 'execa';

/** Runs a command inside a Debian root, `/` being this machine's own; the directory is the root's. */
export function runInRoot(root: string, directory: string, command: readonly string[]) {
  return execa('chroot', [root, 'env', `--chdir=${directory}`, 'LC_ALL=C', ...command]);
}

export interface Mirrors {
  readonly main: string;
  /** Absent where the machine's apt configuration names no security archive. */
  readonly security?: string;
}

/** The archives that the machine's own apt configuration names, in whichever of apt's two formats. */
export async function configuredMirrors(): Promise<Mirrors> {
  const { stdout } = await execa('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE)']);
  const sources = stdout.split('\n').map((line) => line.trim().split(' '));
  const uriOf = (wanted: (release: string) => boolean) =>
    sources.find(([, release]) => release !== undefined && wanted(release))?.[0];
  const main = uriOf((release) => !release.includes('-'));
  const security = uriOf((release) => release.endsWith('-security'));
  if (main === undefined) throw new Error('the apt configuration of this machine names no Debian archive');
  return security === undefined ? { main } : { main, security };
}
