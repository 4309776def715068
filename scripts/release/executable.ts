import { copyFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { inject } from 'postject';
import { bundle } from '../bundle/bundle.js';
import { nodeBinary } from './node-binaries.js';
import type { Architecture } from './node-binaries.js';

/** What Node looks for in its own binary (its documentation of single executables). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Makes a single executable: Node with the program inside, for a machine that has glibc and nothing else. */
export async function buildExecutable(architecture: Architecture, outfile: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'ctdiag-executable-'));
  try {
    await bundle(join(work, 'bundle'), 'cjs');
    const blob = join(work, 'ctdiag.blob');
    const config = {
      // Relative: Node writes this path into the blob, and the folder has another name each time.
      main: 'bundle/cli.cjs',
      output: blob,
      disableExperimentalSEAWarning: true,
      // Code cache is of one processor: only the builder's own can be made here, and its bytes differ each time.
      useCodeCache: false,
    };
    await writeFile(join(work, 'sea.json'), JSON.stringify(config));
    // The blob is made by the very version that reads it.
    await execa(await nodeBinary('x64'), ['--experimental-sea-config', 'sea.json'], { cwd: work });
    await copyFile(await nodeBinary(architecture), outfile);
    await chmod(outfile, 0o755);
    await inject(outfile, 'NODE_SEA_BLOB', await readFile(blob), { sentinelFuse: FUSE });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
