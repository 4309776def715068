import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const CASES = [
  ['src/commands/top.ts', 'the first frame', /execa|blessed|^tui\/|^src\/sources\//],
  ['src/commands/screen/screen-host.ts', 'a refusal', /execa|blessed|^tui\/|^src\/sources\//],
  ['tui/index.ts', 'a chart', /execa|blessed-contrib/],
  ['src/commands/stream/live-host.ts', 'the first figures', /execa|blessed|commander|bpftrace-output-parser/],
  ['src/commands/screen/live-recorder.ts', 'the first figures', /execa|blessed|commander/],
  ['src/commands/exporter/exporter.ts', 'a scrape', /execa|blessed|commander|^tui\//],
  ['src/cli.ts', 'the command', /execa|blessed|^tui\/|^src\/(?:sources|model|diagnose|capture\/index)/],
] as const;

let inputs: Metafile['inputs'];
beforeAll(async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: CASES.map(([file]) => file),
    outdir: '/unwritten',
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    conditions: ['source'],
    packages: 'external',
    metafile: true,
    logLevel: 'error',
  });
  ({ inputs } = metafile);
});

/** Everything that is loaded with a module: files of ours, and packages by name. A dynamic import waits. */
function loadedWith(file: string): string[] {
  const loaded = new Set<string>([file]);
  for (const path of loaded)
    for (const { path: imported, kind } of inputs[path]?.imports ?? [])
      if (kind === 'import-statement') loaded.add(imported);
  return [...loaded];
}

describe('nothing is loaded before it is shown', () => {
  it.each(CASES)('%s waits with the rest until %s needs it', (file, _what, unneeded) => {
    const loaded = loadedWith(file);
    expect(loaded.length).toBeGreaterThan(3);
    expect(loaded.filter((path) => unneeded.test(path))).toEqual([]);
  });
});
