import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { installedUnit } from '../../scripts/release/tree.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-unit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const analyze = execaSync('systemd-analyze', ['--version'], { reject: false }).exitCode === 0;
if (!analyze) console.warn('SKIPPED, systemd-analyze is not installed: the units');

/** What systemd calls exposed at most, of 10: 9.6 is a unit that restricts nothing. */
const MOST_EXPOSED = 4.5;

describe.skipIf(!analyze).each(['ctdiag-recorder', 'ctdiag-exporter'])('the unit %s', (name) => {
  const unit = readFileSync(
    fileURLToPath(new URL(`../../packaging/${name}.service`, import.meta.url)),
    'utf8',
  );
  const path = join(folder, `${name}.service`);
  // ctdiag is not installed where it is tested, and verify looks for the program.
  writeFileSync(path, unit.replace('ExecStart=/usr/bin/ctdiag', `ExecStart=${process.execPath}`));

  it('is one that systemd understands, without a warning', () => {
    const { exitCode, stdout, stderr } = execaSync('systemd-analyze', ['verify', '--man=no', path], {
      reject: false,
    });
    expect({ exitCode, said: `${stdout}${stderr}` }).toEqual({ exitCode: 0, said: '' });
  });

  it('names what a package installs, and nothing of the checkout', () => {
    const installed = installedUnit(unit, 'usr/local');
    expect(installed).toContain('\nExecStart=/usr/local/bin/ctdiag ');
    expect(installed).toMatch(
      /^Documentation=man:ctdiag\(1\) file:\/\/\/usr\/local\/share\/doc\/ctdiag\/[a-z-]+\.md$/m,
    );
    expect(installed).toMatch(/^# `systemctl edit` changes the (?:size|address)/m);
    expect(installed).not.toMatch(/packaging|node_modules|npm/);
  });

  it('has no more than what it needs', () => {
    const { exitCode, stdout } = execaSync(
      'systemd-analyze',
      ['security', '--offline=true', `--threshold=${MOST_EXPOSED * 10}`, '--no-pager', path],
      { reject: false },
    );
    expect(stdout).toContain('Overall exposure level');
    expect(exitCode).toBe(0);
  });
});
