import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { bundle } from '../../scripts/bundle/bundle.js';
import { buildExecutable } from '../../scripts/release/executable.js';
import { bundledPackages, thirdPartyText } from '../../scripts/release/third-party.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const CAPTURE = join(ROOT, 'test/captures/conntrack-table-full.ctd.gz');

/** The folder that the packages of this run are built into. */
export const OUT = mkdtempSync(join(tmpdir(), 'ctdiag-packages-'));

/** `npm pack`, as a release does it; the path of the package. */
export async function packNpm(): Promise<string> {
  const { stdout } = await execa('npm', ['pack', '--silent', '--pack-destination', OUT], { cwd: ROOT });
  return join(OUT, stdout.trim().split('\n').at(-1) ?? '');
}

/** What the other forms are made of: the executable of this machine's processor, and the licences of what is in it. */
export async function buildParts(): Promise<{
  executable: string;
  cli: string;
  thirdParty: string;
  root: string;
}> {
  const executable = join(OUT, 'ctdiag');
  await buildExecutable('x64', executable);
  const metafile = await bundle(join(ROOT, 'dist'), 'esm');
  return {
    executable,
    cli: join(ROOT, 'dist/cli.js'),
    thirdParty: thirdPartyText(bundledPackages(ROOT, metafile)),
    root: ROOT,
  };
}
