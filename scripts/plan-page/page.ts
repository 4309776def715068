import { memoryWords, valueWords } from '../../src/render/index.js';
import type { Plan } from '../../src/plan/index.js';
import { examplePlans } from './hosts.js';
import { ROWS } from './rows.js';

const BEGIN = '<!-- made by npm run pages, from the code: begin -->';
const END = '<!-- end -->';

/** The page with its generated tables replaced. */
export function renewPage(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('docs/plan.md has lost its marks');
  return `${page.slice(0, begin)}${BEGIN}\n\n${planTables()}\n${page.slice(end)}`;
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

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
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
