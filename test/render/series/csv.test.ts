import { expect, it } from 'vitest';
import { quoteCell } from '../../../src/render/series/csv.js';

it.each([
  ['netns web', 'netns web'],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['=cmd', "'=cmd"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['＝cmd', "'＝cmd"],
  [' =cmd', "' =cmd"],
  ['a;=cmd', "a;'=cmd"],
  ['a;"=cmd', '"a;\'""=cmd"'],
  ['a|+cmd', "a|'+cmd"],
  ['a,=cmd', '"a,\'=cmd"'],
  ['a\t=cmd', 'a·=cmd'],
  ['\t=cmd', "'·=cmd"],
  ['a\r\n=cmd', 'a··=cmd'],
  ['a-b @ c', 'a-b @ c'],
])('the cell of %j is %j', (text, cell) => {
  expect(quoteCell(text)).toBe(cell);
});
