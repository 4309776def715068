import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execa, execaSync } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { CLI } from '../programs.js';
import { ctdiag } from './cli.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-fail-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const command = [process.execPath, CLI];
const RECORD = ['record', '--source', 'counters', '--interval', '200ms'];

describe.skipIf(process.platform !== 'linux')('a recording that cannot go on', () => {
  it('ends when its file is deleted', async () => {
    const dir = mkdtempSync(join(folder, 'vanishing-'));
    const args = [...command.slice(1), ...RECORD, join(dir, 'gone.ctd.gz')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      if (stderr === '') rmSync(dir, { recursive: true });
      stderr += text.toString('utf8');
    });
    const [exitCode] = (await once(child, 'close')) as [number];
    expect(stderr).toMatch(/gone\.ctd\.gz was deleted while it was written; recording stopped/);
    expect(exitCode).toBe(74);
  });

  it('ends when the reader of standard output closes', async () => {
    const script = '{ "$@"; echo $? >"$0"; } | head -c 300';
    const code = join(folder, 'code');
    const { stderr } = await execa('sh', ['-c', script, code, ...command, ...RECORD, '-'], {
      reject: false,
      stdin: 'ignore',
    });
    expect(stderr).toMatch(/the reader of standard output went away; recording stopped/);
    expect(readFileSync(code, 'utf8')).toBe('74\n');
  });

  it('does not record to a FIFO, with or without a reader', async () => {
    const fifo = join(folder, 'fifo');
    execaSync('mkfifo', [fifo]);
    const { exitCode, stderr } = await ctdiag([...RECORD, fifo, '--force']);
    expect(stderr).toMatch(/fifo cannot be created: it is not a regular file; write to - for pipes/);
    expect(exitCode).toBe(73);
  });

  it('refuses two targets, a size that holds nothing, and a ring that is a file', async () => {
    const rows: readonly (readonly [args: string[], code: number, says: RegExp])[] = [
      [['record', 'a.ctd', '--ring', folder], 64, /Give a file or --ring, not both/],
      [['record', '--ring', folder, '--max-size', '9'], 64, /Give a size of at least 1M/],
      [['record', '--ring', CLI, '--source', 'counters'], 73, /cannot be created: it is not a directory/],
    ];
    for (const [args, code, says] of rows) {
      const { exitCode, stderr } = await ctdiag(args);
      expect(stderr).toMatch(says);
      expect(exitCode).toBe(code);
    }
  });

  it('records to a ring, and diagnoses the last minutes of it', async () => {
    const ring = join(folder, 'ring');
    const args = [...RECORD, '--duration', '1s', '--ring', ring];
    expect(await ctdiag(args)).toMatchObject({ exitCode: 0 });
    expect(await ctdiag(args)).toMatchObject({ exitCode: 0 });
    const whole = JSON.parse((await ctdiag(['diagnose', ring, '--format', 'json'])).stdout) as {
      window: { frames: number };
    };
    const last = await ctdiag(['diagnose', ring, '--from', '-500ms', '--format', 'json']);
    const part = JSON.parse(last.stdout) as { window: { frames: number; seconds: number } };
    expect(part.window.frames).toBeLessThan(whole.window.frames);
    expect(part.window.seconds).toBeLessThanOrEqual(0.5);
    const none = await ctdiag(['diagnose', ring, '--to', '2001-01-01']);
    expect(none).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining('holds nothing between') as string,
    });
  });
});

it.skipIf(!existsSync('/proc/self'))(
  'a folder that cannot be made, below /proc, ends in a sentence',
  async () => {
    const { exitCode, stderr } = await ctdiag(['record', '--ring', '/proc/nowhere/ring', '--duration', '1']);
    expect(stderr).toMatch(/\/proc\/nowhere\/ring cannot be created: no such file or directory\.$/);
    expect(exitCode).toBe(73);
  },
);

it.skipIf(process.platform !== 'linux')(
  'a file that is named like a host is said to be one of this host',
  async () => {
    const { stderr } = await execa(process.execPath, [CLI, ...RECORD, 'web-07', '--duration', '1'], {
      cwd: folder,
      reject: false,
    });
    expect(stderr).toMatch(
      /^ctdiag: this host is recorded.*; other hosts: ctdiag record web-07 --output DIR$/m,
    );
  },
);
