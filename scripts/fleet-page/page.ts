import { FAMILIES, FAMILY_NAMES } from '../../src/exporter/families.js';
import { REFUSALS } from '../../src/exporter/refusals.js';
import { FIELDS } from '../../src/render/fields.js';
import { tableRow } from '../plan-page/table-row.js';

const END = '<!-- end -->';

/** Parts that are made from the code, by the mark that begins each. */
const PARTS: readonly (readonly [begin: string, make: () => string])[] = [
  ['<!-- made by npm run pages, metrics by the code: begin -->', metricsTable],
  ['<!-- made by npm run pages, causes by the code: begin -->', causesTable],
];

/** The page with its generated tables replaced. */
export function renewFleetPage(page: string): string {
  return PARTS.reduce((renewed, [mark, make]) => {
    const begin = renewed.indexOf(mark);
    const end = renewed.indexOf(END, begin);
    if (begin < 0 || end < 0) throw new Error(`docs/fleet.md has lost the mark ${mark}`);
    return `${renewed.slice(0, begin)}${mark}\n\n${make()}\n\n${renewed.slice(end)}`;
  }, page);
}

function metricsTable(): string {
  return tableOf(
    ['Metric', 'Type', 'Labels', 'Meaning'],
    FAMILY_NAMES.map((name) => {
      const { type, labels, help } = FAMILIES[name];
      return [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), help];
    }),
  );
}

function causesTable(): string {
  return tableOf(
    ['`cause`', '`source`', 'What is counted', 'The same by hand'],
    REFUSALS.map(({ cause, source, metrics }) => {
      const fields = metrics.map((metric) => FIELDS[metric]);
      return [
        `\`${cause}\``,
        source,
        fields.map(({ title }) => title).join('; '),
        fields.map(({ origin }) => `\`${origin}\``).join('; '),
      ];
    }),
  );
}

function tableOf(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, titles.map(() => '---'), ...rows].map(tableRow).join('\n');
}
