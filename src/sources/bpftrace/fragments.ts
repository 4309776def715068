import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The text of a file in `probes/`. The bundle replaces this module with one that holds the texts. */
export function readFragment(file: string): string {
  return readFileSync(require.resolve(`#probes/${file}`), 'utf8');
}
