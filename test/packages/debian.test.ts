import { copyFileSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { CAPTURE, RELEASE, VERSION } from './built.js';
import { minimalRoot } from './roots.js';

const deb = join(RELEASE, `ctdiag_${VERSION}_amd64.deb`);
const executable = join(RELEASE, `ctdiag-${VERSION}-linux-x64`);
const roots: string[] = [];

afterAll(async () => {
  for (const root of roots) await execa('rm', ['-rf', '--one-file-system', root]);
}, 300_000);

/** A copy of a minimal root, with a capture and the package in it. */
async function rootOf(suite: string): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), `ctdiag-${suite}-`));
  await execa('cp', ['-a', `${await minimalRoot(suite)}/.`, root]);
  for (const file of [CAPTURE, deb, executable]) copyFileSync(file, join(root, basename(file)));
  roots.push(root);
  return root;
}

const inside = (root: string, ...command: string[]) =>
  execa('chroot', [root, ...command], {
    reject: false,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    extendEnv: false,
  });

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.includes('ctdiag'));
}

describe.each(['bullseye', 'bookworm', 'trixie'])('on a %s that has glibc and nothing else', (suite) => {
  it('the single executable runs', { timeout: 600_000 }, async () => {
    const root = await rootOf(suite);
    const { exitCode, stdout } = await inside(
      root,
      `/${basename(executable)}`,
      'diagnose',
      `/${basename(CAPTURE)}`,
    );
    expect([exitCode, stdout]).toEqual([2, expect.stringMatching(/conntrack table (?:is )?full/)]);
  });

  it('the package is installed, used, upgraded and purged', { timeout: 600_000 }, async () => {
    const root = await rootOf(suite);
    const before = filesOf(root);
    expect(await inside(root, 'dpkg', '--install', `/${basename(deb)}`)).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout } = await inside(root, 'ctdiag', 'diagnose', `/${basename(CAPTURE)}`);
    expect([exitCode, stdout]).toEqual([2, expect.stringMatching(/conntrack table (?:is )?full/)]);
    for (const unit of ['ctdiag-recorder.service', 'ctdiag-exporter.service']) {
      expect(existsSync(join(root, 'lib/systemd/system', unit))).toBe(true);
      expect(existsSync(join(root, 'etc/systemd/system/multi-user.target.wants', unit))).toBe(false);
    }
    for (const file of ['prometheus/ctdiag.rules.yml', 'grafana/ctdiag.json'])
      expect(existsSync(join(root, 'usr/share/ctdiag', file))).toBe(true);
    expect(await inside(root, 'dpkg', '--install', `/${basename(deb)}`)).toMatchObject({ exitCode: 0 });
    expect(await inside(root, 'dpkg', '--purge', 'ctdiag')).toMatchObject({ exitCode: 0 });
    expect(filesOf(root)).toEqual(before);
  });
});

it('lintian finds no error in the package', { timeout: 600_000 }, async () => {
  const { stdout, exitCode } = await execa('lintian', ['--fail-on', 'error', deb], { reject: false });
  expect([exitCode, stdout.split('\n').filter((line) => line.startsWith('E:'))]).toEqual([0, []]);
});
