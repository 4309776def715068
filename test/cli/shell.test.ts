import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ctdiag } from '../commands/cli.js';

/** What bash offers for a command line whose last word is being typed. */
async function offered(script: string, ...words: string[]): Promise<string[]> {
  const typed = ['ctdiag', ...words].map((word) => `'${word}'`).join(' ');
  const asked = `${script}\nCOMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _ctdiag; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', ['--norc', '-c', asked]);
  return stdout.split('\n').filter((text) => text !== '');
}

describe('completion', () => {
  it('in bash offers commands, options, and the values of an option', async () => {
    const { stdout } = await ctdiag(['completion', 'bash']);
    expect(await offered(stdout, 'd')).toEqual(['diagnose', 'doctor']);
    expect(await offered(stdout, 'diagnose', '--fo')).toEqual(['--format']);
    expect(await offered(stdout, 'diagnose', '--format', '')).toEqual(['text', 'json', 'markdown', 'html']);
    expect(await offered(stdout, 'top', '--theme', 'l')).toEqual(['light']);
    expect(await offered(stdout, 'completion', 'z')).toEqual(['zsh']);
    // A file: the shell's own.
    expect(await offered(stdout, 'replay', '')).toEqual([]);
  });

  it.each([
    ['zsh', '--format[output format]:<format>:(text json markdown html)'],
    ['fish', "-l format -x -a 'text json markdown html'"],
  ])('in %s knows the values of an option', async (shell, line) => {
    expect((await ctdiag(['completion', shell])).stdout).toContain(line);
  });
});
