import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const CAPTURE = join(ROOT, 'test/captures/conntrack-table-full.ctd.gz');

/** What the tests install and run: the release, which `npm run test:packages` builds first. */
export const RELEASE = join(ROOT, 'dist/release');
export const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
};

/** `npm run release`, under that umask. */
export async function buildRelease(umask: string, ...options: string[]): Promise<void> {
  const script = `umask ${umask}; exec npm run --silent release -- "$@"`;
  await execa('sh', ['-c', script, 'sh', ...options], { cwd: ROOT });
}
