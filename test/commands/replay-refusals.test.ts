import { describe, expect, it } from 'vitest';
import { bundledPath } from '../scenarios/bundled.js';
import { ctdiag } from './cli.js';

const ONE = bundledPath('conntrack-table-full');
const TWO = bundledPath('accept-queue-overflow');

describe('a replay that cannot be is refused in a sentence', () => {
  it.each([
    ['standard input among others', [ONE, '-'], 64, /Standard input can only be replayed alone/],
    ['a start that is no time', ['--at', 'foo', ONE], 64, /--at .*Give a time such as 20:41:07/],
    ['an end that is followed', ['--follow', '--to', '-1m', ONE], 64, /--follow reads without an end/],
    ['a span from the end of a pipe', ['--from', '-10m', '-'], 64, /The end of standard input is not known/],
    ['a time that is none', ['--from', 'noon', ONE], 64, /Give a time such as 20:41:07/],
    ['a span without a frame', ['--to', '2001-01-01', ONE], 65, /holds nothing between --from and --to/],
    ['none that can be read', ['/absent', '/gone'], 65, /\/absent does not exist\. \/gone does not exist\./],
    ['one that cannot be read', ['/absent'], 69, /\/absent does not exist\./],
    ['no terminal', [ONE, TWO], 64, /No screen can be opened: .* Use `ctdiag diagnose \S+ \S+` instead/],
  ])('%s', async (_name, args, code, says) => {
    const { exitCode, stderr } = await ctdiag(['replay', ...args]);
    expect(stderr).toMatch(says);
    expect(exitCode).toBe(code);
  });
});
