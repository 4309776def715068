import { execFileSync } from 'node:child_process';
import { lchownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { configPath, readConfig } from '../../../src/cli/settings/config.js';
import { UserError } from '../../../src/exit.js';
import { applyConfig } from '../../../src/cli/settings/apply-config.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'config.json');

/** The settings that `top` has under a file and a command line. */
function settled(content: string, args: readonly string[] = []): unknown {
  writeFileSync(path, content);
  let settings: unknown = null;
  const root = new Command('ctdiag').exitOverride();
  root.hook('preAction', (_root, command) => applyConfig(root, command, (key) => 'qsS'.includes(key)));
  root
    .command('top')
    .option('--no-color')
    .option('--ascii', '', false)
    .option('--config <file>')
    .addOption(new Option('--theme <theme>').choices(['dark', 'light']).default('dark'))
    .addOption(
      new Option('--interval <time>')
        .argParser((text) => {
          if (!/^\d+s?$/.test(text)) throw new Error('no time');
          return Number.parseInt(text, 10) * 1000;
        })
        .default(1000),
    )
    .action((flags: { config?: string }) => {
      settings = { ...flags, config: undefined };
    });
  root.parse(['top', '--config', path, ...args], { from: 'user' });
  return settings;
}

function complaint(content: string): string {
  try {
    settled(content);
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 64) return error.message.replace(folder, '');
    throw error;
  }
  return 'nothing';
}

describe('the settings of a file', () => {
  it('take the place of defaults, and those of the command line win', () => {
    const file =
      '{ "theme": "light", "ascii": true, "color": false, "interval": "2s", "keys": { "x": "q" } }';
    const kept = { theme: 'light', ascii: true, color: false, interval: 2000, keys: { x: 'q' } };
    expect(settled(file)).toEqual(kept);
    expect(settled(file, ['--theme', 'dark', '--interval', '5s'])).toEqual({
      ...kept,
      theme: 'dark',
      interval: 5000,
    });
    expect(settled('{}')).toEqual({ theme: 'dark', ascii: false, color: true, interval: 1000 });
  });

  it('say from where on a ceiling is near; what they do not name stays', () => {
    const file = '{ "thresholds": { "conntrack": "80%", "process-fds": 0.5, "soon": "10m" } }';
    expect(settled(file)).toMatchObject({
      thresholds: { near: { conntrack: 0.8, 'process-fds': 0.5, 'file-handles': 0.95 }, soonSec: 600 },
    });
  });

  it.each([
    ['{\n  "theme": "pink"\n}', '/config.json, line 2: "theme" cannot be "pink"; give dark or light.'],
    ['{\n\n"ascii": 1}', '/config.json, line 3: "ascii" cannot be 1; give true or false.'],
    ['{"interval": "soon"}', '/config.json, line 1: "interval" cannot be "soon"; give a time such as "1s".'],
    ['{"them": "dark"}', '/config.json, line 1: there is no setting "them"; there are theme, color,'],
    ['{"keys": {"x": 1}}', '/config.json, line 1: "x" cannot be 1, which is not bound'],
    ['{"keys": {"C-c": "s"}}', '/config.json, line 1: C-c cannot be bound'],
    ['{"keys": {\n"x": "q",\n"a b": "q"}}', '/config.json, line 3: "a b" is not a key'],
    ['{"keys": {"q": "s",\n"x": "z"}}', '/config.json, line 2: "x" cannot be "z", which is not bound'],
    ['{"keys": ["x"]}', '/config.json, line 1: "keys" cannot be ["x"]; give pairs'],
    ['{\n"thresholds": 0.8}', '/config.json, line 2: "thresholds" cannot be 0.8; give shares'],
    [
      '{"thresholds": {\n"soon": "1m",\n"conntrak": 1}}',
      '/config.json, line 3: there is no ceiling "conntrak"',
    ],
    [
      '{"thresholds": {"conntrack":\n"80"}}',
      '/config.json, line 1: "conntrack" cannot be "80"; give a share',
    ],
    ['{"thresholds": {"conntrack": 80}}', '"conntrack" cannot be 80; give a share such as "80%"'],
    ['{"thresholds": {"soon": -5}}', '/config.json, line 1: "soon" cannot be -5; give a time'],
    ['{\n"theme": "dark"\n"ascii": true}', '/config.json, line 3: this is not JSON: a comma is missing'],
    ['{\n"theme":', '/config.json, line 2: this is not JSON: a value is missing'],
    ['{\n"theme": dark}', '/config.json, line 2: this is not JSON: a word is neither true, false nor null'],
    ['', '/config.json, line 1: this is not JSON'],
    ['[]', '/config.json, line 1: settings are a JSON object'],
    ['{"__proto__": 1}', '/config.json, line 1: there is no setting "__proto__"'],
    ['{"\\u001b[31m": 1}', 'there is no setting'],
  ])('%j: what is wrong is said with its line and what is allowed', (content, says) => {
    expect(complaint(content)).toContain(says);
  });

  it('all mistakes are told at once', () => {
    const said = complaint(
      '{"theme": "pink",\n"them": 1,\n"keys": {"x": 1},\n"ascii": true,\n"interval": null}',
    );
    expect(said.split('\n').map((line) => /line (\d)/.exec(line)?.[1])).toEqual(['1', '2', '3', '5']);
  });

  it('a folder in its place is told as one', () => {
    expect(() => readConfig(folder, [])).toThrow(/cannot be read: it is a directory/);
  });

  it('need not be there unless a file was named', () => {
    expect(readConfig(null, [], { XDG_CONFIG_HOME: join(folder, 'absent') })).toEqual(new Map());
    expect(() => readConfig(join(folder, 'absent'), [])).toThrow(
      /absent cannot be read: no such file or directory/,
    );
  });
});

it.each([
  ['an entry after another', '{"ascii": true,\n"them": 2}', 2],
  ['a name given twice: the last', '{"them": 1,\n"them": 2}', 2],
  ['a name written by an escape', '{\n"\\u0074hem": 1}', 2],
  ['a quote in a name', '{"a\\"b": 0,\n\n"x": 1}', 1],
])('the line of %s is told', (_what, content, line) => {
  expect(complaint(content)).toMatch(new RegExp(`^/config.json, line ${line}: there is no setting`));
});

it('may hold comments, and a comma after the last entry', () => {
  expect(settled('// of this laptop\n{ "theme": "light", /* slow line */ "interval": 2, }')).toMatchObject({
    theme: 'light',
    interval: 2000,
  });
});

describe('a hostile file', () => {
  it('with a comment that is not closed is refused with a sentence', () => {
    expect(complaint('{ "theme": "dark" /*')).toBe(
      '/config.json, line 1: this is not JSON: a comment is not closed.',
    );
  });

  it('nested 50,000 deep is refused with a sentence', () => {
    const nested = `{"theme":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect(complaint(nested)).toMatch(/larger than 64 KiB/);
    expect(complaint(nested.slice(0, 40_000))).toBe(
      '/config.json, line 1: this is nested deeper than 20 levels.',
    );
  });

  it('of thousands of unknown settings is told with its first mistakes', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `"s${index}": 1`);
    const lines = complaint(`{${names.join(',\n')}}`).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 4980 more mistakes in this file.');
  });

  it('that never ends, or that nobody writes, is not waited for', () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const special of [fifo, '/dev/zero'])
      expect(() => readConfig(special, [])).toThrow(/is not a regular file/);
  });

  it.skipIf(process.geteuid?.() !== 0)('behind a link of another user is not opened', () => {
    const link = join(folder, 'link.json');
    writeFileSync(path, '{}');
    symlinkSync(path, link);
    expect(readConfig(link, [])).toEqual(new Map());
    lchownSync(link, 65_534, 65_534);
    expect(() => readConfig(link, [])).toThrow(/it is a symbolic link of another user/);
  });
});

it.each([
  [{ XDG_CONFIG_HOME: '/x', HOME: '/h' }, '/x/ctdiag/config.json'],
  [{ XDG_CONFIG_HOME: 'relative', HOME: '/h' }, '/h/.config/ctdiag/config.json'],
  [{ HOME: '/h' }, '/h/.config/ctdiag/config.json'],
])('%j: the file is %s', (env, where) => {
  expect(configPath(env)).toBe(where);
});
