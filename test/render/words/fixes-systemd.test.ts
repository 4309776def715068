import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fix } from '../../../src/diagnose/index.js';
import { fixWords } from '../../../src/render/index.js';

const UNITS_FOLDER = '/etc/systemd/system';
const HAS_SYSTEMD =
  process.platform === 'linux' &&
  execaSync('systemd-analyze', ['--version'], { reject: false }).exitCode === 0;
if (!HAS_SYSTEMD)
  console.warn('SKIPPED, systemd-analyze is not installed: what keeps the descriptors of a unit');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctdiag-units-'));
  // What runs as systemctl: what it was told is kept, for there is no manager to tell.
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/systemctl'), `#!/bin/sh\necho "$*" >>'${folder}/told'\n`, { mode: 0o755 });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const raise = (unit: string, to: Extract<Fix, { id: 'raise-nofile' }>['to']): Fix => ({
  id: 'raise-nofile',
  process: { pid: process.pid, comm: 'broker', fds: 9, fdLimit: 1024 },
  owner: { kind: 'unit', unit },
  soft: 1024,
  hard: to === null ? null : 4096,
  to,
  nrOpenFrom: null,
  nrOpenTo: null,
});

/** Pastes it, with the units below our folder, and returns what systemctl was told. */
function paste(text: string | null): string {
  rmSync(join(folder, 'told'), { force: true });
  execaSync('bash', ['-e', '-c', (text ?? '').replaceAll(UNITS_FOLDER, folder)], {
    env: { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  return readFileSync(join(folder, 'told'), 'utf8').trim();
}

function verify(unit: string): { exitCode: number | undefined; said: string } {
  const { exitCode, stdout, stderr } = execaSync(
    'systemd-analyze',
    ['verify', '--man=no', join(folder, unit)],
    {
      reject: false,
    },
  );
  return { exitCode, said: `${stdout}${stderr}` };
}

describe.runIf(HAS_SYSTEMD)('what keeps the descriptors of a unit', () => {
  test.for<[unit: string, to: { soft: number; hard: number } | null, limit: RegExp]>([
    ['broker.service', { soft: 4096, hard: 524_288 }, /^LimitNOFILE=4096:524288$/m],
    [String.raw`a\x2db@1.service`, { soft: 2048, hard: 2048 }, /^LimitNOFILE=2048:2048$/m],
    // Whatever the process has as its hard limit.
    ['broker.service', null, /^LimitNOFILE=\d+:\d+$/m],
  ])('of %s is a drop-in that systemd reads, and the undo leaves nothing', ([unit, to, limit]) => {
    const { persist, undo } = fixWords(raise(unit, to));
    writeFileSync(join(folder, unit), `[Service]\nExecStart=${process.execPath}\n`);
    expect(paste(persist)).toBe('daemon-reload');
    const dropIn = join(folder, `${unit}.d/90-ctdiag.conf`);
    const text = readFileSync(dropIn, 'utf8');
    expect(text).toMatch(limit);
    expect(verify(unit)).toEqual({ exitCode: 0, said: '' });
    // That it is read at all: a wrong figure is complained of.
    writeFileSync(dropIn, text.replace('LimitNOFILE=', 'LimitNOFILE=x'));
    expect(verify(unit).said).toMatch(/90-ctdiag\.conf:\d+: Failed to parse .*x\d+/);
    const [, removal = ''] = /(rm -f [^;]*90-ctdiag\.conf; systemctl daemon-reload)/.exec(undo ?? '') ?? [];
    expect(paste(removal)).toBe('daemon-reload');
    expect(existsSync(dropIn)).toBe(false);
  });
});
