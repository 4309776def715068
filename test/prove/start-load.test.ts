import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { execa } from 'execa';
import { startLoad } from '../../src/prove/start-load.js';
import type { LoadPrograms } from '../../src/prove/start-load.js';
import { CLI, fixtureProgram } from '../programs.js';

const SELF = { node: process.execPath, script: CLI };

/** An unshare that is a shell script of these lines. */
function unshareOf(...lines: string[]): LoadPrograms & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ctdiag-unshare-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const unshare = join(folder, 'unshare');
  writeFileSync(unshare, `#!/bin/sh\n${lines.join('\n')}\n`);
  chmodSync(unshare, 0o755);
  return { unshare, setpriv: null, prlimit: null, folder };
}

describe.skipIf(process.platform !== 'linux')('the load is not made', () => {
  test('in a namespace that others use: an unshare that makes none', async () => {
    const programs = unshareOf('shift 2', 'exec "$@"');
    const end = await startLoad(1, programs, SELF).ended;
    expect(end).toEqual({ refused: expect.stringMatching(/namespace/) as unknown });
  });

  test('where the kernel makes no namespace: its own words say so', async () => {
    const programs = unshareOf('echo "unshare: unshare failed: Operation not permitted" >&2', 'exit 1');
    expect(await startLoad(1, programs, SELF).ended).toEqual({
      failed: 'unshare: unshare failed: Operation not permitted',
    });
  });

  test.for([
    ['ends without a word', 'exit 0', /without a report \(exit code 0\)/],
    ['is killed', 'kill -9 $$', /without a report \(SIGKILL\)/],
    ['prints something else', 'echo "{}"', /without a report/],
  ] as const)('well where its process %s', async ([, line, words]) => {
    const end = await startLoad(1, unshareOf(line), SELF).ended;
    expect(end).toEqual({ failed: expect.stringMatching(words) as unknown });
  });
});

describe.skipIf(process.platform !== 'linux')('a load that hangs', () => {
  test('ends with what it started when it is killed', async () => {
    const programs = unshareOf(`sleep 300 & echo $! >"\${0%/*}/pid"`, 'wait');
    const running = startLoad(1, programs, SELF);
    const pid = await pidIn(join(programs.folder, 'pid'));
    running.kill();
    expect(await running.ended).toEqual({ failed: expect.stringMatching(/SIGKILL/) as unknown });
    await vi.waitFor(() => expect(isGone(pid)).toBe(true), { timeout: 20_000 });
  });
});

test.skipIf(process.platform !== 'linux')('a single executable runs itself, without a script', async () => {
  const programs = unshareOf('shift 2', 'exec "$@"');
  const node = join(programs.folder, 'ctdiag');
  writeFileSync(node, '#!/bin/sh\nprintf \'{"refused":"%s %s"}\' "$#" "$*"\n');
  chmodSync(node, 0o755);
  expect(await startLoad(1, programs, { node, script: null }).ended).toEqual({ refused: '1 prove-load' });
});

// pdeathsig is Linux's; without setpriv the load ends with its standard input.
test.skipIf(!existsSync('/usr/bin/setpriv'))('kill -9 of ctdiag ends the load', async () => {
  const { unshare, folder } = unshareOf(`echo $$ >"\${0%/*}/pid"`, 'exec sleep 300');
  const holder = spawn(process.execPath, [fixtureProgram('hold-load'), unshare], { stdio: 'inherit' });
  onTestFinished(() => void holder.kill('SIGKILL'));
  const pid = await pidIn(join(folder, 'pid'));
  expect(isGone(pid)).toBe(false);
  holder.kill('SIGKILL');
  await vi.waitFor(() => expect(isGone(pid)).toBe(true), { timeout: 20_000 });
});

async function pidIn(file: string): Promise<number> {
  return vi.waitFor(
    () => {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      expect(text).toMatch(/^\d+\n$/);
      return Number(text);
    },
    { timeout: 20_000 },
  );
}

/** A zombie that its new parent has not yet buried is gone. */
function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

describe('prove-load by hand', () => {
  test.for([['nothing', ''] as const, ['a word', 'now\n'] as const])(
    'is refused: %s on standard input',
    async ([, input]) => {
      const { exitCode, stderr, stdout } = await execa(process.execPath, [CLI, 'prove-load'], {
        input,
        reject: false,
      });
      expect([exitCode, stdout]).toEqual([64, '']);
      expect(stderr).toBe('ctdiag: prove-load is a part of `ctdiag doctor --prove`.');
    },
  );
});
