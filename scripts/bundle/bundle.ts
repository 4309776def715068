import { chmod, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Metafile } from 'esbuild';
import { adaptations } from './adaptations.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `esm` in chunks that are loaded when they are used, for `node`; `cjs` in one file, for a single executable. */
export type BundleFormat = 'esm' | 'cjs';

/**
 * Bundles the program with all that it needs at run time: packages, probes, terminfo, its version. Returns
 * esbuild's account of what is in it.
 */
export async function bundle(
  outdir: string,
  format: BundleFormat,
  entryPoints: Readonly<Record<string, string>> = { cli: 'src/cli.ts' },
): Promise<Metafile> {
  // Chunks are named by what is in them: those of the build before would stay.
  await rm(`${outdir}/chunks`, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { ...entryPoints },
    outdir,
    outExtension: { '.js': format === 'cjs' ? '.cjs' : '.js' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: format === 'esm',
    format,
    platform: 'node',
    target: 'node20',
    conditions: ['source'],
    // Its main file is UMD, whose parts a bundler does not find.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    // Names stay, so that a stack trace in a bug report can be read.
    minifyWhitespace: true,
    legalComments: 'none',
    charset: 'utf8',
    metafile: true,
    logLevel: 'warning',
    plugins: [adaptations(ROOT)],
    // Packages in CommonJS ask for Node's modules by require, which ES modules do not have.
    ...(format === 'esm' ? { banner: { js: REQUIRE } } : {}),
  });
  await chmod(`${outdir}/cli.${format === 'cjs' ? 'cjs' : 'js'}`, 0o755);
  return metafile;
}

const REQUIRE =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";
