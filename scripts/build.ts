import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle/bundle.js';
import { bundledPackages, thirdPartyText } from './release/third-party.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILT = join(ROOT, 'dist/cli.js');
/** What goes into the bundle; of node_modules the lock file stands for all. */
const SOURCES = ['src', 'tui', 'probes', 'scripts/bundle', 'package.json', 'package-lock.json'];

/** When a file, or the newest file of a folder, was last changed; 0 when it is not there. */
function changedAtMs(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => changedAtMs(join(path, name))));
}

// What `npm start` runs and npm packs. `--if-changed` spares the second start the build.
const isCurrent = (): boolean =>
  Math.max(...SOURCES.map((path) => changedAtMs(join(ROOT, path)))) < changedAtMs(BUILT);
if (!process.argv.includes('--if-changed') || !isCurrent()) {
  const metafile = await bundle(join(ROOT, 'dist'), 'esm');
  writeFileSync(join(ROOT, 'dist/THIRD-PARTY.md'), thirdPartyText(bundledPackages(ROOT, metafile)));
}
