import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPTURE, RELEASE, VERSION } from './built.js';

const prefix = mkdtempSync(join(tmpdir(), 'ctdiag-prefix-'));
const elsewhere = mkdtempSync(join(tmpdir(), 'ctdiag-empty-'));
const installed = join(prefix, 'lib/node_modules/ctdiag');
const ctdiag = (...args: string[]) =>
  execa(join(prefix, 'bin/ctdiag'), args, { cwd: elsewhere, reject: false, env: { NO_COLOR: '1' } });

afterAll(() => {
  for (const folder of [prefix, elsewhere]) rmSync(folder, { recursive: true });
});

beforeAll(async () => {
  // Offline: it needs nothing that is not in it.
  await execa('npm', [
    'install',
    '--global',
    '--offline',
    '--no-audit',
    '--no-fund',
    '--prefix',
    prefix,
    join(RELEASE, `ctdiag-${VERSION}.tgz`),
  ]);
}, 600_000);

describe('the npm package, installed into an empty prefix', () => {
  it('brings no dependencies, source maps or declarations, but the manual and whose code is in it', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /node_modules|\.map$|\.d\.ts$|\.ts$/.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['dist/cli.js', 'dist/THIRD-PARTY.md', 'packaging/ctdiag-recorder.service']),
    );
    expect(existsSync(join(prefix, 'share/man/man1/ctdiag.1'))).toBe(true);
  });

  it.each([
    [['--version'], 0, new RegExp(`^${VERSION.replaceAll('.', '[.]')}\\s`)],
    [['diagnose', CAPTURE], 2, /conntrack table (?:is )?full/],
    [['export', CAPTURE], 0, /nf_conntrack_count/],
    [['limits', CAPTURE], 0, /nf_conntrack_max/],
    [['plan', '--connections', '10k', '--stock', '--memory', '4G'], 0, /nf_conntrack_max/],
    [['completion', 'bash'], 0, /complete/],
    [['doctor'], undefined, /kprobes/],
    [['replay', CAPTURE], 64, /terminal/],
  ])('%j works from an empty folder', async (args, code, said) => {
    const { exitCode, stdout, stderr } = await ctdiag(...args);
    expect(`${stdout}${stderr}`).toMatch(said);
    if (code !== undefined) expect([exitCode, stderr]).toEqual([code, expect.any(String)]);
  });
});
