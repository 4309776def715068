import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { configuredMirrors, runInRoot, type Mirrors } from './apt.js';
import { cached } from './cache.js';
import { hostSuite, pairOf, type Distro } from './distros.js';

/** What the guest scripts call, beyond what every Debian has. */
const packages = [
  'bpftrace',
  'conntrack',
  'erlang-base',
  'iproute2',
  'iptables',
  'ipvsadm',
  'kmod',
  'mount',
  'nftables',
  'procps',
  'systemd',
  'tmux',
  'udev',
  'util-linux',
];

/** A root file system of that suite: this machine's own where it is one, else one made from the archive. */
export async function rootOf(distro: Distro): Promise<string> {
  const { suite } = pairOf(distro);
  if (suite === hostSuite) return '/';
  const root = await cached({
    path: join('roots', suite),
    fill: (directory) => bootstrap(suite, directory),
  });
  await bringMissingPackages(root);
  return root;
}

/** Another tool may have filled the same cache with fewer packages. */
async function bringMissingPackages(root: string): Promise<void> {
  const missing = packages.filter((name) => !existsSync(join(root, 'var/lib/dpkg/info', `${name}.list`)));
  if (missing.length === 0) return;
  await runInRoot(root, '/', ['apt-get', 'update', '-qq']);
  await runInRoot(root, '/', [
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    'install',
    '-qq',
    '--yes',
    '--no-install-recommends',
    ...missing,
  ]);
}

async function bootstrap(suite: string, directory: string): Promise<void> {
  await execa('mmdebstrap', [
    '--variant=apt',
    `--include=${packages.join(',')}`,
    // Mirrors may be frozen at a date whose Release files have run out since.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    suite,
    directory,
    ...sourcesOf(suite, await configuredMirrors()),
  ]);
}

function sourcesOf(suite: string, { main, security }: Mirrors): readonly string[] {
  const lines = [`deb ${main} ${suite} main`];
  // sid has no security archive; the others have their newest kernel there.
  if (security !== undefined && suite !== 'sid') lines.push(`deb ${security} ${suite}-security main`);
  return lines;
}
