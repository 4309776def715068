import { mkdirSync, writeFileSync } from 'node:fs';

// The clock of the screen is local time; the pictures are the same wherever they are made.
process.env['TZ'] = 'UTC';
const { SHOTS, take } = await import('./pictures/shots.js');

const folder = new URL('../docs/pictures/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const shot of SHOTS) {
  const picture = await take(shot);
  writeFileSync(new URL(`${shot.name}.svg`, folder), picture);
  process.stdout.write(`docs/pictures/${shot.name}.svg  ${(picture.length / 1024).toFixed(1)} KiB\n`);
}
