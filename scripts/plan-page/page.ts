import { memoryWords, valueWords } from '../../src/render/index.js';
import type { Plan } from '../../src/plan/index.js';
import { examplePlans } from './hosts.js';
import { ROWS } from './rows.js';
import { sizeTables } from './sizes.js';
import { tableRow } from './table-row.js';

const END = '<!-- end -->';

/** Parts that are made from the code, by the mark that begins each. */
const PARTS: readonly (readonly [begin: string, make: () => string])[] = [
  ['<!-- made by npm run pages, from the code: begin -->', planTables],
  ['<!-- made by npm run pages, sizes by the code: begin -->', sizeTables],
];

/** The page with its generated tables replaced. */
export function renewPage(page: string): string {
  return PARTS.reduce((renewed, [mark, make]) => {
    const begin = renewed.indexOf(mark);
    const end = renewed.indexOf(END, begin);
    if (begin < 0 || end < 0) throw new Error(`docs/plan.md has lost the mark ${mark}`);
    return `${renewed.slice(0, begin)}${mark}\n\n${make()}\n${renewed.slice(end)}`;
  }, page);
}

function planTables(): string {
  const plans = examplePlans();
  return [
    ...plans.flatMap(({ title, plan }) => [
      `- **${title}**: ${memoryWords(plan)} Stops first: ${
        plan.stopsFirst === null
          ? 'nothing that is known'
          : `\`${plan.stopsFirst.name}\` = ${valueWords(plan.stopsFirst.current)}`
      }.`,
    ]),
    '',
    tableRow([
      'Setting',
      'The guides',
      ...plans.map(({ title }) => title.split(':')[0] ?? ''),
      'Why they differ',
    ]),
    tableRow(Array.from({ length: plans.length + 3 }, () => '---')),
    ...ROWS.map(({ name, guide, why }) =>
      tableRow([`\`${name}\``, guide, ...plans.map(({ plan }) => settingCell(plan, name)), why]),
    ),
    '',
  ].join('\n');
}

function settingCell(plan: Plan, name: string): string {
  const setting = plan.settings.find((setting) => setting.name === name);
  if (setting === undefined) return '-';
  switch (setting.action) {
    case 'leave':
      return `leave ${valueWords(setting.current)}`;
    case 'enough':
      return `${valueWords(setting.current)} is enough`;
    case 'raise':
    case 'lower':
    case 'set':
      return valueWords(setting.needed);
  }
}
