import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SHOTS, take } from '../../scripts/pictures/shots.js';

const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

it.each(SHOTS)('the picture $name shows the screen as it is', async (shot) => {
  const kept = readFileSync(new URL(`../../docs/pictures/${shot.name}.svg`, import.meta.url), 'utf8');
  expect(await take(shot), '`npm run pictures` renews docs/pictures').toBe(kept);
});
