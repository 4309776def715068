import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { fixWords } from '../../../src/render/index.js';
import { wrapCommand } from '../../../tui/draw/wrap-command.js';
import { FIX_EXAMPLES } from '../../render/words/fix-examples.js';

const COMMANDS = [
  "printf '%s\\n' 'net.netfilter.nf_conntrack_max = 262144' 'net.netfilter.nf_conntrack_buckets = 262144'",
  'echo one two   three\\ four "five  six" seven',
  "echo 'a word that is quoted and so long that no row of forty columns holds it at all' and more",
  'x=5; echo "a word that is quoted twice, with $x and \\"quotes\\", longer than a row of forty columns" end',
  `echo "$(printf '%s' 'inside of a substitution: a (word) that no row of forty columns holds' | tr a-z A-Z)" end`,
  'echo /a/path/that/is/one/word/without/any/space/and/longer/than/a/row/of/forty/columns/is',
  'echo short',
];

describe('a command over several rows', () => {
  it.each(COMMANDS)('means for the shell what it meant in one: %s', (command) => {
    const run = (text: string): string => execFileSync('bash', ['-c', text]).toString();
    for (const width of [24, 40, 60, 80, 120]) {
      const rows = wrapCommand(command, width);
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(width);
      expect(run(rows.join('\n')), rows.join('\n')).toBe(run(command));
    }
  });

  const PRINTED = FIX_EXAMPLES.flatMap((fix) => {
    const { command, persist, undo } = fixWords(fix);
    return [command, persist, undo].flatMap((text) => text ?? []);
  });

  it('is what bash reads, of every command that is printed', () => {
    // Its words, each in quotes of their own, with the quotes that were split put together.
    const wordsOf = (text: string): string =>
      execFileSync('bash', ['-c', `f() {\n:\n${text}\n}; declare -f f`])
        .toString()
        .replaceAll("''", '');
    expect(PRINTED.length).toBeGreaterThan(50);
    for (const command of PRINTED)
      for (const width of [60, 80, 120]) {
        const rows = wrapCommand(command, width);
        for (const row of rows) expect(row.length).toBeLessThanOrEqual(width);
        expect(wordsOf(rows.join('\n'))).toBe(wordsOf(command));
      }
  });

  it('is one row where there is room', () => {
    expect(wrapCommand('sysctl -w a=1', 80)).toEqual(['sysctl -w a=1']);
  });
});
