import { expect, it } from 'vitest';
import { ROWS } from '../../scripts/plan-page/rows.js';
import { examplePlans } from '../../scripts/plan-page/hosts.js';

it('every row is a setting of a plan, and every machine has the RAM', () => {
  const plans = examplePlans().map(({ plan }) => plan);
  for (const { name } of ROWS)
    expect(
      plans.some(({ settings }) => settings.some((setting) => setting.name === name)),
      name,
    ).toBe(true);
  for (const { memory } of plans) expect(memory.fits).toBe(true);
});
