import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** Processors that a single executable is made for, as Node names them. */
export const ARCHITECTURES = ['x64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** The Node inside the single executable. 24, for later ones need libatomic, which a minimal Debian has not. */
export const NODE_VERSION = '24.21.0';

/** The packages that hold Node's binaries, pinned by what the registry says of that version. */
const INTEGRITY: Readonly<Record<Architecture, string>> = {
  x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};

/** The path of the Node binary for a processor, from the cache or fetched from npm and checked. */
export async function nodeBinary(architecture: Architecture): Promise<string> {
  const cache = join(process.env['CTDIAG_CACHE'] ?? join(homedir(), '.cache/ctdiag'), 'node-binaries');
  const folder = join(cache, `${NODE_VERSION}-${architecture}`);
  const binary = join(folder, 'package/bin/node');
  if (existsSync(binary)) return binary;
  const fresh = `${folder}.fresh`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  const name = `node-linux-${architecture}`;
  await execa('npm', ['pack', '--silent', '--pack-destination', fresh, `${name}@${NODE_VERSION}`]);
  const tarball = join(fresh, `${name}-${NODE_VERSION}.tgz`);
  const found = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`;
  if (found !== INTEGRITY[architecture])
    throw new Error(`${name}@${NODE_VERSION} is not what it was: its integrity is ${found}.`);
  await execa('tar', ['-xzf', tarball, '-C', fresh, 'package/bin/node', 'package/LICENSE'], { reject: true });
  await rm(tarball);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
  return binary;
}
