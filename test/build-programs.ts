import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from '../scripts/bundle/bundle.js';
import { PROGRAMS } from './programs.js';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));

/** Before all tests: builds the command line and the fixtures that tests run as processes of their own. */
export default async function buildPrograms(): Promise<void> {
  const fixtures = readdirSync(FIXTURES).filter((file) => file.endsWith('.ts'));
  await bundle(PROGRAMS, 'esm', {
    cli: 'src/cli.ts',
    ...Object.fromEntries(fixtures.map((file) => [file.slice(0, -3), `test/fixtures/${file}`])),
  });
}
