import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { bundle } from './bundle/bundle.js';
import { buildDeb, debName } from './release/deb.js';
import { buildExecutable } from './release/executable.js';
import { ARCHITECTURES, NODE_VERSION } from './release/node-binaries.js';
import { releaseNotes } from './release/notes.js';
import { billOfMaterials, bundledPackages, thirdPartyText } from './release/third-party.js';
import { layOutTree } from './release/tree.js';

/** Builds all that a release consists of into `dist/release`. The same commit gives the same bytes. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    /** Where to; what is there goes. */
    out: { type: 'string', default: join(ROOT, 'dist/release') },
    /** This processor only; may be repeated. */
    architecture: { type: 'string', multiple: true, default: [...ARCHITECTURES] },
  },
});
const OUT = resolve(values.out);

const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const { stdout: committed } = await execa('git', ['-C', ROOT, 'log', '-1', '--format=%ct']);
const epochSec = Number(committed);

// Modes go into the packages, and are not to be those of whoever builds.
process.umask(0o022);

function step(what: string): void {
  console.error(`release: ${what}`);
}

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });

step('bundle');
const metafile = await bundle(join(ROOT, 'dist'), 'esm');
const packages = bundledPackages(ROOT, metafile);
const thirdParty = thirdPartyText(packages);
await writeFile(join(ROOT, 'dist/THIRD-PARTY.md'), thirdParty);

step('npm packages');
await execa('npm', ['pack', '--silent', '--pack-destination', OUT], { cwd: ROOT });
await execa('npm', ['pack', '--silent', '--pack-destination', OUT, '--workspace', 'bpftrace-output-parser'], {
  cwd: ROOT,
});

for (const architecture of ARCHITECTURES.filter((name) => values.architecture.includes(name))) {
  step(`executable, Debian package and archive for ${architecture}`);
  const executable = join(OUT, `ctdiag-${version}-linux-${architecture}`);
  await buildExecutable(architecture, executable);
  const parts = { root: ROOT, executable, cli: join(ROOT, 'dist/cli.js'), thirdParty };
  await buildDeb(join(OUT, debName(version, architecture)), version, architecture, parts, epochSec);
  await buildArchive(`${executable}.tar.xz`, parts);
}

step('bill of materials, notes, sums');
await writeFile(join(OUT, `ctdiag-${version}.cdx.json`), billOfMaterials(version, packages, NODE_VERSION));
await writeFile(
  join(OUT, 'NOTES.md'),
  releaseNotes(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8'), version),
);
const sums = await Promise.all(
  (await readdir(OUT)).sort().map(async (name) => {
    const hash = createHash('sha256').update(await readFile(join(OUT, name)));
    return `${hash.digest('hex')}  ${name}\n`;
  }),
);
await writeFile(join(OUT, 'SHA256SUMS'), sums.join(''));
process.stdout.write(sums.join(''));

/** `tar -xJf … -C /` installs it: for systems without dpkg. */
async function buildArchive(
  outfile: string,
  parts: Omit<Parameters<typeof layOutTree>[1], 'prefix' | 'unitFolder'>,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'ctdiag-archive-'));
  try {
    await layOutTree(work, { ...parts, prefix: 'usr/local', unitFolder: 'etc/systemd/system' });
    const sameBytes = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${epochSec}`];
    await execa('tar', ['-C', work, ...sameBytes, '-cJf', outfile, 'usr', 'etc'], {
      env: { XZ_OPT: '-3 -T2' },
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
