import { expect, it } from 'vitest';
import { ROWS } from '../../scripts/plan-page/rows.js';
import { examplePlans } from '../../scripts/plan-page/hosts.js';
import { COUNTS, MACHINES, SERVERS, sizedPlan } from '../../scripts/plan-page/sizes.js';

it('every row is a setting of a plan, and every machine has the RAM', () => {
  const plans = examplePlans().map(({ plan }) => plan);
  for (const { name } of ROWS)
    expect(
      plans.some(({ settings }) => settings.some((setting) => setting.name === name)),
      name,
    ).toBe(true);
  for (const { memory } of plans) expect(memory.fits).toBe(true);
});

it('the table of sizes is monotonous: what fits on a machine fits on a larger one, and fewer fit as well', () => {
  for (const server of SERVERS) {
    const fits = MACHINES.map(([gib, cpus]) =>
      COUNTS.map((count) => sizedPlan(server, count, gib, cpus).memory.fits),
    );
    fits.forEach((row, machine) => {
      row.forEach((isFitting, column) => {
        if (!isFitting) return;
        expect(fits.slice(machine).every((larger) => larger[column])).toBe(true);
        expect(row.slice(0, column).every(Boolean)).toBe(true);
      });
    });
    // Nothing below the smallest machine, nothing beyond the largest one: the table has both answers.
    expect(fits.flat()).toContain(true);
    expect(fits.flat()).toContain(false);
  }
});

it('a plan of the table fits where the RAM holds its parts, by a sum that is made anew', () => {
  for (const server of SERVERS)
    for (const [gib, cpus] of MACHINES)
      for (const count of COUNTS) {
        const { memory } = sizedPlan(server, count, gib, cpus);
        const each = memory.perConnection.reduce((sum, { bytes }) => sum + bytes, 0);
        const left = gib * 1024 ** 3 - Math.max(512 * 1024 ** 2, (gib * 1024 ** 3) / 10);
        expect(memory.fits).toBe(each * count <= left);
      }
});
