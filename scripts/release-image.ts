import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { configuredMirrors } from '../test/kernel/apt.js';
import { buildExecutable } from './release/executable.js';

/**
 * Builds the container images into `dist/image`, as archives that `podman load` and `skopeo copy` take: one with
 * bpftrace, and a smaller one for the kernel's counters alone. Needs root, and mmdebstrap and buildah, of Debian.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'dist/image');
const SUITE = 'trixie';

/** What ctdiag runs in a container, beyond what every Debian has. */
const TOOLS = ['conntrack', 'iproute2', 'kmod', 'util-linux', 'libstdc++6'];
const IMAGES: Readonly<Record<string, readonly string[]>> = {
  ctdiag: [...TOOLS, 'bpftrace'],
  'ctdiag-counters': TOOLS,
};

const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const { stdout: epoch } = await execa('git', ['-C', ROOT, 'log', '-1', '--format=%ct']);
process.umask(0o022);

for (const program of ['mmdebstrap', 'buildah'])
  if ((await execa('sh', ['-c', `command -v ${program}`], { reject: false })).failed) {
    console.error(`There is no ${program} here. To install it: apt-get install ${program}`);
    process.exit(69);
  }

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const work = await mkdtemp(join(tmpdir(), 'ctdiag-image-'));
try {
  const released = join(ROOT, `dist/release/ctdiag-${version}-linux-x64`);
  const executable = join(work, 'ctdiag');
  if (existsSync(released)) await copyFile(released, executable);
  else await buildExecutable('x64', executable);
  const sums: string[] = [];
  for (const [name, packages] of Object.entries(IMAGES)) {
    console.error(`image: ${name}`);
    const archive = `${name}-${version}-linux-x64.oci.tar`;
    await makeRoot(join(work, 'root.tar'), packages);
    await makeImage(`${name}:${version}`, join(OUT, archive));
    const hash = createHash('sha256').update(await readFile(join(OUT, archive)));
    sums.push(`${hash.digest('hex')}  ${archive}\n`);
  }
  await writeFile(join(OUT, 'SHA256SUMS'), sums.join(''));
  process.stdout.write(sums.join(''));
} finally {
  await rm(work, { recursive: true, force: true });
}

/** A Debian of what it cannot do without and those packages, without manuals, and without this machine's mirror. */
async function makeRoot(outfile: string, packages: readonly string[]): Promise<void> {
  const { main } = await configuredMirrors();
  const leftOut = ['man', 'locale', 'info', 'lintian', 'bash-completion', 'doc'].map(
    (folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`,
  );
  const notKept = ['etc/apt/sources.list', 'var/log/*', 'usr/share/bpftrace'];
  await execa(
    'mmdebstrap',
    [
      ...['--variant=essential', `--include=${packages.join(',')}`],
      '--aptopt=Acquire::Check-Valid-Until "false"',
      ...leftOut,
      '--dpkgopt=path-include=/usr/share/doc/*/copyright',
      `--customize-hook=cd "$1" && rm -rf ${notKept.join(' ')}`,
      ...[SUITE, outfile, `deb ${main} ${SUITE} main`],
    ],
    { env: { SOURCE_DATE_EPOCH: epoch } },
  );
}

/** In a store of its own, with no daemon and no overlay file system, so that it works in a container as well. */
async function makeImage(tag: string, archive: string): Promise<void> {
  const store = join(work, 'store');
  const where = ['--root', store, '--runroot', `${store}-run`, '--storage-driver', 'vfs'];
  const containerfile = join(ROOT, 'packaging/kubernetes/Containerfile');
  const image = join(work, 'image-id');
  await execa('buildah', [
    ...[...where, 'build', '--quiet', '--isolation', 'chroot', '--timestamp', epoch],
    ...['--label', `org.opencontainers.image.version=${version}`],
    ...['--iidfile', image, '--file', containerfile, work],
  ]);
  const id = (await readFile(image, 'utf8')).trim();
  await execa('buildah', [...where, 'push', '--quiet', id, `oci-archive:${archive}:${tag}`]);
  await execa('buildah', [...where, 'rmi', '--all', '--force']);
}
