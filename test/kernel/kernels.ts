import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { runInRoot } from './apt.js';
import { cached, isCached } from './cache.js';
import { pairOf, type Distro } from './distros.js';

export interface Kernel {
  /** As `uname -r` says it. */
  readonly release: string;
  readonly image: string;
  /** Holds lib/modules, as depmod and modprobe want it. */
  readonly base: string;
  /** How it can see folders of the host: kernels made for clouds lack 9p. */
  readonly transport: '9p' | 'virtiofs';
}

/** Whether neither kernel nor root has to be fetched: a root comes before its kernel. */
export function isPrepared(distro: Distro): boolean {
  return isCached(join('kernels', distro));
}

/** The pair's kernel, fetched by the apt of its suite's root. */
export async function kernelOf(distro: Distro, root: string): Promise<Kernel> {
  const directory = await cached({
    path: join('kernels', distro),
    fill: async (aside) => {
      const unpacked = join(aside, 'unpacked');
      await fetchKernel(pairOf(distro).kernelPackage, root, unpacked);
      await layOut(unpacked, aside);
      await rm(unpacked, { recursive: true });
    },
  });
  const release = await onlyEntry(join(directory, 'lib/modules'));
  const has9p = existsSync(join(directory, 'lib/modules', release, 'kernel/fs/9p'));
  return {
    release,
    image: join(directory, 'vmlinuz'),
    base: directory,
    transport: has9p ? '9p' : 'virtiofs',
  };
}

async function fetchKernel(kernelPackage: string, root: string, unpacked: string): Promise<void> {
  const scratch = await mkdtemp(join(root, 'tmp/ctdiag-kernel-'));
  try {
    const inside = join('/', relative(root, scratch));
    // The lists may be absent (a fresh image) or older than the archive; then a first try fails.
    await download(kernelPackage, root, inside).catch(async () => {
      await runInRoot(root, '/', ['apt-get', 'update', '-qq']);
      await download(kernelPackage, root, inside);
    });
    for (const file of await readdir(scratch)) await execa('dpkg', ['-x', join(scratch, file), unpacked]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function download(kernelPackage: string, root: string, directory: string): Promise<void> {
  const { stdout } = await runInRoot(root, directory, [
    ...['apt-cache', 'depends', '--important', '--recurse', kernelPackage],
  ]);
  // From 7.2 on the image package is empty, and the files are in those it depends on.
  const names = stdout.split('\n').filter((line) => /^linux-(image|base|binary|modules)-\d/.test(line));
  if (names.length === 0) throw new Error(`apt of ${root} knows no kernel package`);
  await runInRoot(root, directory, ['apt-get', 'download', '-qq', ...names]);
}

/** Old packages have /boot and /lib/modules, newer ones keep both below /usr/lib/modules. */
async function layOut(unpacked: string, directory: string): Promise<void> {
  const modules = [join(unpacked, 'usr/lib/modules'), join(unpacked, 'lib/modules')].find(existsSync);
  if (modules === undefined) throw new Error('the kernel package holds no modules');
  const release = await onlyEntry(modules);
  const image = [join(modules, release, 'vmlinuz'), join(unpacked, 'boot', `vmlinuz-${release}`)].find(
    existsSync,
  );
  if (image === undefined) throw new Error('the kernel package holds no image');
  await cp(image, join(directory, 'vmlinuz'));
  // Where depmod and modprobe look below a base directory.
  await mkdir(join(directory, 'lib'));
  await rename(modules, join(directory, 'lib/modules'));
  await execa('depmod', ['--basedir', directory, release]);
}

async function onlyEntry(directory: string): Promise<string> {
  const [entry, ...others] = await readdir(directory);
  if (entry === undefined || others.length > 0) throw new Error(`expected one entry in ${directory}`);
  return entry;
}
