import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { ROWS } from '../../scripts/plan-page/rows.js';
import { examplePlans } from '../../scripts/plan-page/hosts.js';
import { renewPage } from '../../scripts/plan-page/page.js';

it('docs/plan.md has the figures of the code', async () => {
  const page = readFileSync(new URL('../../docs/plan.md', import.meta.url), 'utf8');
  const made = await format(renewPage(page), { parser: 'markdown', printWidth: 110 });
  expect(made, '`npm run plan-page` renews docs/plan.md').toBe(page);
});

it('every row is a setting of a plan, and every machine has the RAM', () => {
  const plans = examplePlans().map(({ plan }) => plan);
  for (const { name } of ROWS)
    expect(
      plans.some(({ settings }) => settings.some((setting) => setting.name === name)),
      name,
    ).toBe(true);
  for (const { memory } of plans) expect(memory.fits).toBe(true);
});
