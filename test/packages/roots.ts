import { join } from 'node:path';
import { execa } from 'execa';
import { configuredMirrors } from '../kernel/apt.js';
import { cached } from '../kernel/cache.js';

/** A root with glibc, its C++ library and dpkg, and no Node, shell tools or bpftrace beyond what Debian calls essential. */
export async function minimalRoot(suite: string): Promise<string> {
  const { main } = await configuredMirrors();
  return cached({
    path: join('roots', `minimal-${suite}`),
    fill: async (directory) => {
      await execa('mmdebstrap', [
        '--variant=essential',
        '--include=libstdc++6',
        '--aptopt=Acquire::Check-Valid-Until "false"',
        suite,
        directory,
        `deb ${main} ${suite} main`,
      ]);
    },
  });
}
