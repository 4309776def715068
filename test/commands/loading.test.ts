import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
/** `import type` leaves nothing behind; a dynamic `import()` is loaded when it is reached. */
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^;]*?\sfrom\s+)?'([^']+)'/gm;

/** Everything that is loaded with a module: files of ours, and packages by name. */
function loadedWith(file: string): Set<string> {
  const loaded = new Set<string>();
  const waiting = [new URL(file, ROOT)];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (loaded.has(next.pathname)) continue;
    loaded.add(next.pathname);
    for (const [, from = ''] of readFileSync(next, 'utf8').matchAll(STATIC_IMPORT)) {
      if (from.startsWith('.')) waiting.push(new URL(from.replace(/\.js$/, '.ts'), next));
      else loaded.add(from);
    }
  }
  return loaded;
}

describe('nothing is loaded before it is shown', () => {
  it.each([
    ['src/commands/top.ts', 'the first frame', /execa|blessed|\/tui\/|\/src\/sources\//],
    ['src/commands/screen/screen-host.ts', 'a refusal', /execa|blessed|\/tui\/|\/src\/sources\//],
    ['tui/index.ts', 'a chart', /execa|blessed-contrib/],
    [
      'src/commands/stream/live-host.ts',
      'the first figures',
      /execa|blessed|commander|bpftrace-output-parser/,
    ],
    ['src/commands/screen/live-recorder.ts', 'the first figures', /execa|blessed|commander/],
    ['src/cli.ts', 'the command', /execa|blessed|\/tui\/|\/src\/(?:sources|model|diagnose|capture\/index)/],
  ])('%s waits with the rest until %s needs it', (file, _what, unneeded) => {
    const loaded = [...loadedWith(file)];
    expect(loaded.length).toBeGreaterThan(3);
    expect(loaded.filter((text) => unneeded.test(text))).toEqual([]);
  });
});
