import { expect, it } from 'vitest';
import { checkLines } from '../../src/commands/doctor-text.js';
import { wrapTo } from '../../src/render/wrap.js';

const wrap = wrapTo(80);

it('wraps what it says and advises at words, to the width of the terminal', () => {
  const says =
    'who fills the tables is known for this namespace only, and whose ports are used up is not known';
  const fix =
    'run ctdiag on the host instead, if this is a container; otherwise boot a kernel of the distribution';
  const lines = checkLines({ name: 'conntrack', verdict: 'limited', says, fix }, wrap);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines[0]).toMatch(/^limited {2}conntrack: who fills/);
  expect(lines[1]).toMatch(/^ {9}\S/);
  expect(lines.join(' ').replace(/ +/g, ' ')).toBe(`limited conntrack: ${says} fix: ${fix}`);
});

it('leaves a command in one line, to be pasted', () => {
  const fix = `sudo /usr/bin/node ${'/a/long/path'.repeat(8)}/cli.js doctor`;
  const lines = checkLines({ name: 'root', verdict: 'missing', says: 'no', fix }, wrap);
  expect(lines).toEqual(['MISSING  root: no', `           fix: ${fix}`]);
});
