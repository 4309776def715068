import { fileURLToPath } from 'node:url';

/** Where the programs are that tests start: built once a run, since tsx would take a second at every start. */
export const PROGRAMS = fileURLToPath(new URL('../.cache/test-programs', import.meta.url));

/** The command line as a user starts it: `node CLI …`. */
export const CLI = `${PROGRAMS}/cli.js`;

/** A program of test/fixtures. */
export function fixtureProgram(name: string): string {
  return `${PROGRAMS}/${name}.js`;
}
