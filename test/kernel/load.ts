import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cached } from './cache.js';

const sources = fileURLToPath(new URL('./load', import.meta.url));

/** The folder of the load generator `load`, linked statically so that it runs in every root. */
export async function buildLoad(): Promise<string> {
  const files = readdirSync(sources).sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(sources, file)));
  return cached({
    path: join('load', hash.digest('hex').slice(0, 12)),
    fill: async (directory) => {
      const units = files.filter((file) => file.endsWith('.c')).map((file) => join(sources, file));
      const flags = [
        '-std=gnu11',
        '-D_GNU_SOURCE',
        '-O2',
        '-Wall',
        '-Wextra',
        '-Werror',
        '-static',
        '-pthread',
      ];
      await execa('gcc', [...flags, '-o', join(directory, 'load'), ...units]);
    },
  });
}
