import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import xterm from '@xterm/headless';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CLI } from '../../programs.js';
import { ctdiag } from '../cli.js';
import { hasSshd, startSshd } from './loopback-sshd.js';
import type { LoopbackSshd } from './loopback-sshd.js';

interface HostsJson {
  readonly captures: readonly {
    readonly file: string;
    readonly why: string | null;
    readonly diagnosis: { readonly window: { readonly host: string } } | null;
  }[];
}

describe.skipIf(!hasSshd)('other hosts over ssh', () => {
  let sshd: LoopbackSshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  const reached = (command = sshd.remoteCommand): string[] => [
    '--ssh-config',
    sshd.configFile,
    '--remote-command',
    command,
  ];

  /** A program on the other side that says what the test wants. */
  function remoteScript(name: string, text: string): string {
    const path = join(sshd.folder, name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  async function diagnosed(
    ...args: string[]
  ): Promise<{ code: number | undefined; hosts: HostsJson['captures'] }> {
    const { exitCode, stdout } = await ctdiag(['diagnose', ...args, '--duration', '3', '--format', 'json']);
    return { code: exitCode, hosts: (JSON.parse(stdout) as HostsJson).captures };
  }

  it('diagnose tells each, and why of those that cannot be reached, in the words of ssh', async () => {
    const { code, hosts } = await diagnosed('web-1', 'refused', 'web-2', 'stranger', ...reached());
    const told = new Map(hosts.map(({ file, why, diagnosis }) => [file, why ?? diagnosis?.window.host]));
    const here = (await ctdiag(['diagnose', '--duration', '2', '--format', 'json'])).stdout;
    const { host } = (JSON.parse(here) as { window: { host: string } }).window;
    expect(told.get('web-1')).toBe(host);
    expect(told.get('web-2')).toBe(host);
    expect(told.get('refused')).toMatch(/^ssh: connect to host 127\.0\.0\.1 port \d+: Connection refused\.$/);
    expect(told.get('stranger')).toMatch(/Permission denied.*a key or an agent has to open that host\.$/);
    expect(code).toBe(3);
  });

  it('diagnose of one is the whole report', async () => {
    const { stdout } = await ctdiag(['diagnose', 'web-1', ...reached(), '--duration', '3']);
    expect(stdout).toMatch(/^Nearest ceilings$/m);
    expect(stdout).toMatch(/^Coverage: /m);
  });

  it.each([
    ['no ctdiag', '/nowhere/ctdiag', /\/nowhere\/ctdiag was not found there; install ctdiag on that host/],
    ['something that is not ctdiag', '/bin/echo', /web-1 is not a ctdiag capture/],
    ['an endless stream of something else', 'flood', /web-1 is not a ctdiag capture/],
  ])('says of a host with %s what is wrong', async (what, program, sentence) => {
    const command = what.startsWith('an endless') ? remoteScript(program, 'exec yes hello') : program;
    const { exitCode, stderr, stdout } = await ctdiag([
      'diagnose',
      'web-1',
      ...reached(command),
      '--duration',
      '3',
    ]);
    expect(stderr).toMatch(sentence);
    expect(stdout).toBe('');
    expect(exitCode).toBe(69);
  });

  it('lets nothing that a host says reach the terminal raw', async () => {
    const nasty = remoteScript('nasty', String.raw`printf '\033]52;c;AAAA\007\033[2J evil\n' >&2; exit 3`);
    const { stderr, stdout } = await ctdiag([
      'diagnose',
      'web-1',
      'web-2',
      ...reached(nasty),
      '--duration',
      '2',
    ]);
    expect(stdout).toContain('evil');
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('record writes a capture of each, says what it could not record, and leaves nothing running', async () => {
    const folder = join(sshd.folder, 'recorded');
    const { exitCode, stderr } = await ctdiag([
      ...['record', 'web-1', 'refused', '--output', folder, '--duration', '8'],
      ...reached(remoteScript('own-name', `exec ${sshd.remoteCommand} "$@"`)),
    ]);
    expect(stderr).toMatch(/^ctdiag: refused: ssh: connect .*Connection refused; next attempt in 1 s$/m);
    expect(stderr).toMatch(/^ctdiag: nothing was recorded of 1 of 2 hosts$/m);
    expect(exitCode).toBe(3);
    const files = readdirSync(folder);
    expect(files).toHaveLength(1);
    const { stdout } = await ctdiag(['diagnose', join(folder, files[0] ?? ''), '--format', 'json']);
    expect((JSON.parse(stdout) as { coverage: { cutOff: boolean } }).coverage.cutOff).toBe(false);
    // The ctdiag of the other side ends when it next writes.
    while (isRunning(`${CLI} record - --quiet`)) await wait(100);
  });

  it('record goes on with a new capture when a host comes back, until Ctrl-C, which is success', async () => {
    const folder = join(sshd.folder, 'again');
    const short = remoteScript('short', `exec timeout --signal=TERM 3 ${sshd.remoteCommand} "$@"`);
    const child = spawn(process.execPath, [CLI, 'record', 'web-3', '--output', folder, ...reached(short)]);
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise((resolve) => child.once('close', resolve));
    while ((said.match(/: recording to /g) ?? []).length < 3) await wait(50);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(readdirSync(folder).length).toBeGreaterThanOrEqual(2);
  });

  it('copies an executable to a private folder, runs it, and removes it when the connection is cut', async () => {
    const executable = remoteScript('executable', `exec ${sshd.remoteCommand} "$@"`);
    const before = pushedFolders();
    const args = ['web-1', '--ssh-config', sshd.configFile, '--push', executable];
    const { stdout } = await ctdiag(['diagnose', ...args, '--duration', '3']);
    expect(stdout).toMatch(/^Nearest ceilings$/m);
    while (pushedFolders().length > before.length) await wait(100);
  });

  it('fetch copies the last part of a ring, as a capture that holds what stood before it', async () => {
    const ring = join(sshd.folder, 'the ring');
    const folder = join(sshd.folder, 'fetched');
    await ctdiag(['record', '--ring', ring, '--duration', '8', '--source', 'counters', '--quiet']);
    const args = ['web-1', 'refused', ...reached(), '--ring', ring, '--from=-4s', '--output', folder];
    const { exitCode, stdout, stderr } = await ctdiag(['fetch', ...args]);
    expect(stderr).toMatch(/^ctdiag: web-1: .*\.ctd\.gz: \d s$/m);
    expect(stderr).toMatch(/^ctdiag: refused: ssh: connect .*Connection refused$/m);
    expect(exitCode).toBe(69);
    const [file = ''] = readdirSync(folder);
    expect(stdout).toBe(`ctdiag replay ${join(folder, file)}`);
    const report = async (path: string): Promise<{ span: number; ceilings: unknown[] }> => {
      const found = JSON.parse((await ctdiag(['diagnose', path, '--format', 'json'])).stdout) as {
        window: { from: string; to: string };
        ceilings: { title: string; limit: number }[];
      };
      const { window, ceilings } = found;
      const limits = ceilings.map(({ title, limit }) => [title, limit]).sort();
      return { span: Date.parse(window.to) - Date.parse(window.from), ceilings: limits };
    };
    const [part, whole] = [await report(join(folder, file)), await report(ring)];
    expect(part.span).toBeLessThan(whole.span);
    expect(part.span).toBeGreaterThan(2000);
    expect(part.ceilings).toEqual(whole.ceilings);
  });

  it('fetch says of a host without a ring that there is none', async () => {
    const args = ['web-1', ...reached(), '--ring', '/nowhere', '--output', join(sshd.folder, 'none')];
    const { exitCode, stderr, stdout } = await ctdiag(['fetch', ...args]);
    expect(stderr).toBe('ctdiag: web-1: ctdiag ended with 69 there: ctdiag: /nowhere does not exist.');
    expect([exitCode, stdout]).toEqual([69, '']);
  });

  it('top shows them on one screen while they are connected to', async () => {
    const command = [
      process.execPath,
      CLI,
      'top',
      'web-1',
      'refused',
      ...reached().map((word) => `'${word}'`),
    ].join(' ');
    const child = spawn('script', ['-qefc', `stty rows 24 cols 120; exec ${command}`, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const emulator = new xterm.Terminal({ cols: 120, rows: 24, allowProposedApi: true });
    const screen = (): string =>
      Array.from(
        { length: 24 },
        (_, row) => emulator.buffer.active.getLine(row)?.translateToString(true) ?? '',
      ).join('\n');
    child.stdout.on('data', (chunk: Buffer) => emulator.write(chunk));
    const ended = new Promise((resolve) => child.once('close', resolve));
    // The one that answers goes by the name that it says itself.
    const isShown = (): boolean =>
      /^.\? refused .*Connection refused/m.test(screen()) &&
      /^..\S? \S+ +\S+ +(?:no limit|unknown:)/m.test(screen());
    while (!isShown()) await wait(50);
    expect(screen()).toMatch(/^ctdiag {2}2 hosts /);
    child.stdin.write('q');
    expect(await ended).toBe(0);
  });
});

/** Where `--push` copies to. */
function pushedFolders(): string[] {
  return readdirSync('/tmp').filter((name) => /^ctdiag-\w{8}$/.test(name));
}

/** Whether a process with these words in its command line runs; not the test's own. */
function isRunning(words: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(words);
      } catch {
        return false;
      }
    });
}
