import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { wrapCommand } from '../../../tui/draw/wrap-command.js';

const COMMANDS = [
  "printf '%s\\n' 'net.netfilter.nf_conntrack_max = 262144' 'net.netfilter.nf_conntrack_buckets = 262144'",
  'echo one two   three\\ four "five  six" seven',
  "echo 'a word that is quoted and so long that no row of forty columns holds it at all'",
  'echo short',
];

describe('a command over several rows', () => {
  it.each(COMMANDS)('means for the shell what it meant in one: %s', (command) => {
    for (const width of [40, 60, 80, 120]) {
      const rows = wrapCommand(command, width);
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(width);
      // Broken as text where it cannot be helped.
      if (rows.slice(0, -1).some((row) => !row.endsWith('\\'))) continue;
      const run = (text: string): string => execFileSync('sh', ['-c', text]).toString();
      expect(run(rows.join('\n'))).toBe(run(command));
    }
  });

  it('is one row where there is room', () => {
    expect(wrapCommand('sysctl -w a=1', 80)).toEqual(['sysctl -w a=1']);
  });
});
