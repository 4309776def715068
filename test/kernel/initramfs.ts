import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cached } from './cache.js';
import type { Kernel } from './kernels.js';

/** What it takes to mount the root: everything else is loaded from /lib/modules later. */
const neededModules: Readonly<Record<Kernel['transport'], readonly string[]>> = {
  '9p': ['virtio_pci', '9p', '9pnet_virtio', 'overlay'],
  virtiofs: ['virtio_pci', 'virtiofs', 'overlay'],
};

const init = fileURLToPath(new URL('./guest/initramfs-init.sh', import.meta.url));

/** The initial RAM disk of a kernel: a static busybox, the modules in load order, and the first init. */
export async function initramfsOf(kernel: Kernel): Promise<string> {
  const version = createHash('sha256').update(readFileSync(init)).digest('hex').slice(0, 12);
  const directory = await cached({
    path: join('initramfs', `${kernel.release}-${version}`),
    fill: async (aside) => {
      const tree = join(aside, 'tree');
      await fillTree(tree, kernel);
      // Not compressed: unpacking under emulation costs more than reading.
      await execa('cpio', ['--quiet', '-H', 'newc', '-o', '-F', join(aside, 'initramfs')], {
        cwd: tree,
        input: (await execa('find', ['.'], { cwd: tree })).stdout,
      });
      await rm(tree, { recursive: true });
    },
  });
  return join(directory, 'initramfs');
}

async function fillTree(tree: string, kernel: Kernel): Promise<void> {
  for (const name of ['bin', 'dev', 'proc', 'sys', 'modules', 'lower', 'upper', 'root', 'results']) {
    await mkdir(join(tree, name), { recursive: true });
  }
  const { stdout: busybox } = await execa('sh', ['-c', 'command -v busybox']);
  await copyFile(busybox, join(tree, 'bin/busybox'));
  await copyFile(init, join(tree, 'init'));
  await chmod(join(tree, 'init'), 0o755);
  const order = [];
  for (const file of await modulesToLoad(kernel)) order.push(await addModule(tree, file));
  await writeFile(join(tree, 'modules/transport'), `${kernel.transport}\n`);
  await writeFile(join(tree, 'modules/order'), order.map((name) => `${name}\n`).join(''));
}

async function modulesToLoad({ base, release, transport }: Kernel): Promise<ReadonlySet<string>> {
  const { stdout } = await execa('modprobe', [
    ...['--dirname', base, '--set-version', release, '--show-depends', '--all'],
    ...neededModules[transport],
  ]);
  // Lines are `insmod PATH OPTIONS` and, for what the kernel has built in, `builtin NAME`.
  const paths = [...stdout.matchAll(/^insmod (\S+)/gm)].map(([, path]) => path ?? '');
  return new Set(paths);
}

/** busybox cannot load the compressed modules of newer kernels, so they are unpacked here. */
async function addModule(tree: string, file: string): Promise<string> {
  const name = basename(file).replace(/\.(xz|zst)$/, '');
  const target = join(tree, 'modules', name);
  if (file.endsWith('.xz')) await execa('xz', ['-dc', file], { stdout: { file: target } });
  else if (file.endsWith('.zst')) await execa('zstd', ['-qdc', file], { stdout: { file: target } });
  else await copyFile(file, target);
  return join('/', basename(dirname(target)), name);
}
