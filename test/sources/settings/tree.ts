import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

/** What stands at a path: text, or a link. */
export type Planted = string | { readonly linkTo: string };

const planted: string[] = [];
afterAll(() => {
  for (const root of planted) rmSync(root, { recursive: true, force: true });
});

/** Makes a root directory with these files in it and gives its path; it goes when the tests of the file are done. */
export function plant(files: Readonly<Record<string, Planted>>): string {
  const root = mkdtempSync(join(tmpdir(), 'ctdiag-root-'));
  planted.push(root);
  for (const [path, content] of Object.entries(files)) {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (typeof content === 'string') writeFileSync(at, content);
    else symlinkSync(content.linkTo, at);
  }
  return root;
}
