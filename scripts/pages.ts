import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { manPage } from '../src/cli/man-page.js';
import { program } from '../src/cli/program.js';
import { createDashboard } from './dashboard/dashboard.js';
import { renewFleetPage } from './fleet-page/page.js';
import { renewPage } from './plan-page/page.js';

// The clock of the screen is local time; the pictures are the same wherever they are made.
process.env['TZ'] = 'UTC';
const { film, MOVIE, SHOTS, take } = await import('./pictures/shots.js');

/** A file that is made from the code. */
interface Page {
  readonly path: string;
  make(current: string): string | Promise<string>;
}

const pages: readonly Page[] = [
  { path: 'docs/ctdiag.1', make: () => manPage(program(() => undefined)) },
  {
    path: 'docs/plan.md',
    make: (current) => format(renewPage(current), { parser: 'markdown', printWidth: 110 }),
  },
  {
    path: 'docs/fleet.md',
    make: (current) =>
      format(renewFleetPage(current), { parser: 'markdown', printWidth: 110, singleQuote: true }),
  },
  {
    path: 'packaging/grafana/ctdiag.json',
    make: () => format(JSON.stringify(createDashboard()), { parser: 'json', printWidth: 110 }),
  },
  { path: `docs/pictures/${MOVIE.name}.svg`, make: () => film() },
  ...SHOTS.map((shot) => ({ path: `docs/pictures/${shot.name}.svg`, make: () => take(shot) })),
];

const checkOnly = process.argv.includes('--check');
const outdated: string[] = [];
for (const page of pages) {
  const { path } = page;
  const url = new URL(`../${path}`, import.meta.url);
  const current = readOrEmpty(url);
  const made = await page.make(current);
  if (made === current) continue;
  outdated.push(path);
  if (!checkOnly) writeFileSync(url, made);
}
if (!checkOnly) console.log(outdated.length === 0 ? 'All pages were up to date.' : outdated.join('\n'));
else if (outdated.length > 0) {
  console.error(`Out of date: ${outdated.join(', ')}. \`npm run pages\` makes them anew.`);
  process.exitCode = 1;
}

function readOrEmpty(url: URL): string {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    // A new picture.
    return '';
  }
}
