import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { configuredMirrors, runInRoot, type Mirrors } from './apt.js';
import { cached } from './cache.js';
import { hostSuite, type Distro } from './distros.js';

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
  if (distro === hostSuite) return '/';
  const root = await cached({
    path: join('roots', distro),
    fill: (directory) => bootstrap(distro, directory),
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

async function bootstrap(distro: Distro, directory: string): Promise<void> {
  await execa('mmdebstrap', [
    '--variant=apt',
    `--include=${packages.join(',')}`,
    // Mirrors may be frozen at a date whose Release files have run out since.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    distro,
    directory,
    ...sourcesOf(distro, await configuredMirrors()),
  ]);
}

function sourcesOf(distro: Distro, { main, security }: Mirrors): readonly string[] {
  const lines = [`deb ${main} ${distro} main`];
  // sid has no security archive; the others have their newest kernel there.
  if (security !== undefined && distro !== 'sid') lines.push(`deb ${security} ${distro}-security main`);
  return lines;
}
