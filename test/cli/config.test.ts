import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { configPath, readConfig } from '../../src/cli/config.js';
import { lineOfKey } from '../../src/cli/config-lines.js';
import { UserError } from '../../src/exit.js';
import { applyConfig } from '../../src/cli/settings.js';

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
          if (!/^\d+s$/.test(text)) throw new Error('no time');
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
    ['{"keys": {"x": 1}}', '/config.json, line 1: "x" cannot be 1, which does nothing'],
    ['{"keys": {"C-c": "s"}}', '/config.json, line 1: C-c cannot be given away'],
    ['{"keys": {\n"x": "q",\n"a b": "q"}}', '/config.json, line 3: "a b" is no key'],
    ['{"keys": {"q": "s",\n"x": "z"}}', '/config.json, line 2: "x" cannot be "z", which does nothing'],
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
    ['{"thresholds": {"soon": 5}}', '/config.json, line 1: "soon" cannot be 5; give a time'],
    ['{\n"theme": "dark",\n}', '/config.json, line 3: this is not JSON'],
    ['{\n"theme":', '/config.json, line 2: this is not JSON'],
    ['', '/config.json, line 1: this is not JSON'],
    ['[]', '/config.json, line 1: settings are a JSON object'],
    ['{"__proto__": 1}', '/config.json, line 1: there is no setting "__proto__"'],
    ['{"\\u001b[31m": 1}', 'there is no setting'],
  ])('%j: what is wrong is said with its line and what is allowed', (content, says) => {
    expect(complaint(content)).toContain(says);
  });

  it('all mistakes are told at once', () => {
    const said = complaint(
      '{"theme": "pink",\n"them": 1,\n"keys": {"x": 1},\n"ascii": true,\n"interval": 5}',
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
  ['{"a": {"b": 1},\n"b": 2}', ['b'], 2],
  ['{"a": "b",\n"c": ["b", {"b": 1}],\n"b": {\n"c": 1}}', ['b', 'c'], 4],
  ['{"a": 1,\n"a": 2}', ['a'], 2],
  ['{"\\u0061": 1}', ['a'], 1],
  ['{"a\\"b": 0,\n\n"x": 1}', ['x'], 3],
])('in %j the key %j stands on line %i', (text, path, line) => {
  expect(lineOfKey(text, path)).toBe(line);
});

it.each([
  [{ XDG_CONFIG_HOME: '/x', HOME: '/h' }, '/x/ctdiag/config.json'],
  [{ XDG_CONFIG_HOME: 'relative', HOME: '/h' }, '/h/.config/ctdiag/config.json'],
  [{ HOME: '/h' }, '/h/.config/ctdiag/config.json'],
])('%j: the file is %s', (env, where) => {
  expect(configPath(env)).toBe(where);
});
