import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { installCommand } from '../../src/shell/install.js';
import { asRoot, asUser } from '../../src/shell/invocation.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-mend-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function program(...path: string[]): string {
  const file = join(folder, ...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '');
  chmodSync(file, 0o755);
  return file;
}

describe('the command that runs this ctdiag as root', () => {
  const script = program('checkout', 'cli.js');
  const node = program('own', 'node');

  it('names both by full path where sudo finds neither', () => {
    expect(asRoot('doctor', { node, script }, [join(folder, 'empty')])).toBe(`sudo ${node} ${script} doctor`);
  });

  it('is short where sudo finds the same ctdiag and a node', () => {
    const bin = join(folder, 'bin');
    program('bin', 'node');
    symlinkSync(script, join(bin, 'ctdiag'));
    expect(asRoot('doctor', { node, script }, [bin])).toBe('sudo ctdiag doctor');
    const another = program('another', 'cli.js');
    expect(asRoot('doctor', { node, script: another }, [bin])).toBe(`sudo ${node} ${another} doctor`);
  });

  it('names a single executable once, for it is its own Node', () => {
    const alone = { node: program('alone', 'ctdiag'), script: null };
    expect(asRoot('doctor', alone, [])).toBe(`sudo ${alone.node} doctor`);
    expect(asUser('plan', alone, [])).toBe(`${alone.node} plan`);
    expect(asRoot('doctor', alone, [join(folder, 'alone')])).toBe('sudo ctdiag doctor');
  });

  it('can be pasted when a path has spaces and quotes', () => {
    const odd = { node, script: "/tmp/it's here/cli.js" };
    expect(asRoot('doctor', odd, [])).toBe(`sudo ${node} '/tmp/it'\\''s here/cli.js' doctor`);
  });
});

it.each([
  ['ID=debian\n', 'ss', 'apt-get install iproute2'],
  ['ID=debian\n', 'kernel', 'apt-get install linux-image-$(dpkg --print-architecture)'],
  ['ID=ubuntu\nID_LIKE=debian\n', 'kernel', 'apt-get install linux-generic'],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'kernel', 'apt-get install linux-generic'],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'ss', 'dnf install iproute'],
  ['ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', 'kernel', 'zypper install kernel-default'],
  ['ID="sles"\n', 'bpftrace', 'zypper install bpftrace'],
  ['ID=alpine\n', 'setpriv', 'apk add setpriv'],
  ['', 'bpftrace', 'apt-get install bpftrace'],
] as const)('%j installs %s by %s', (osRelease, what, command) => {
  expect(installCommand(what, osRelease)).toBe(command);
});
