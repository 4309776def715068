import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { CLI } from '../programs.js';
import { ctdiag } from './cli.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const capture = (name: string): string => fileURLToPath(new URL(`../captures/${name}`, import.meta.url));
const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('a user’s mistake is one sentence on stderr and a documented code, never a stack trace', () => {
  const truncatedHeader = readFileSync(capture('conntrack-table-full.ctd.gz')).subarray(0, 30);
  const rows: readonly (readonly [args: string[], code: number, says: RegExp])[] = [
    [['bogus'], 64, /unknown command 'bogus'/],
    [['top', '--bogus'], 64, /unknown option '--bogus'/],
    [['diagnose', '--format', 'xml'], 64, /Allowed choices are text, json, markdown, html/],
    [['diagnose', '--duration', 'soon'], 64, /Give a duration such as 10s/],
    [['diagnose', '--duration', '0s'], 64, /Give a duration such as 10s/],
    [['top', '--interval', '1ms'], 64, /from 200ms to 60s/],
    [
      ['diagnose', '--duration', '5s', 'x.ctd'],
      64,
      /--duration applies to a live host, and x.ctd is a capture/,
    ],
    [['diagnose', '--source', 'auto', '-'], 64, /--source applies to a live host/],
    [['diagnose', '--from', '-10m'], 64, /--from applies to a capture, and none is given/],
    [['replay'], 64, /missing required argument 'files'/],
    [['top'], 64, /standard output is not a terminal.*ctdiag diagnose/],
    [['replay', capture('conntrack-table-full.ctd.gz')], 64, /not a terminal.*ctdiag diagnose .*ctd\.gz/],
    [['diagnose', join(folder, 'absent')], 69, /absent does not exist/],
    [['diagnose', folder], 65, /has no captures; fill it with .ctdiag record --ring/],
    [['diagnose', file('empty', '')], 65, /empty is empty/],
    [['diagnose', file('other', 'ELF or whatever\n')], 65, /is not a ctdiag capture/],
    [['diagnose', file('json', '{"format":"else"}\n')], 65, /is not a ctdiag capture/],
    [['diagnose', file('newer', '{"format":"ctdiag-capture","version":99}\n')], 65, /newer than this ctdiag/],
    [['diagnose', file('header', '{"format":"ctdiag-capture","version":1}\n')], 65, /header is damaged/],
    [['diagnose', file('cut.gz', truncatedHeader)], 65, /./],
  ];
  test.for(rows)('ctdiag %j', async ([args, code, says]) => {
    const { exitCode, stderr, stdout } = await ctdiag(args);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^\s+at |node:internal/m);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
  });
});

test('without a command and without a terminal prints the help', async () => {
  const { exitCode, stdout, stderr } = await ctdiag([]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: ctdiag/);
});

test.for([
  ['1M', 1_000_000],
  ['64k', 64_000],
  ['1.5e5', 150_000],
])('ctdiag plan %s plans for so many connections', async ([text, connections]) => {
  const args = ['plan', String(text), '--stock', '--memory', '64G', '--format', 'json'];
  expect(JSON.parse((await ctdiag(args)).stdout)).toMatchObject({ target: { connections } });
});

test('help and version are no errors', async () => {
  expect(await ctdiag(['--help'])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await ctdiag(['record', '--help'])).toMatchObject({ exitCode: 0 });
  expect((await ctdiag(['--version'])).stdout).toMatch(
    /^\d+\.\d+\.\d+\nNode\.js \d+[.\d]+\n\w+ \S+\nbpftrace .+$/,
  );
});

describe('diagnose of a capture', () => {
  test('names the cause as text and exits 2', async () => {
    const { exitCode, stdout, stderr } = await ctdiag(['diagnose', capture('conntrack-table-full.ctd.gz')]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(stdout).toContain('conntrack table full in netns server: 65,536 of 65,536');
    expect(stdout).toContain(
      'sysctl -w net.netfilter.nf_conntrack_buckets=262144 net.netfilter.nf_conntrack_max=262144',
    );
  });

  test('names the cause as JSON', async () => {
    const { exitCode, stdout } = await ctdiag([
      'diagnose',
      '--format',
      'json',
      capture('accept-queue-overflow.ctd.gz'),
    ]);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      status: 'critical',
      findings: [{ code: 'accept-queue-overflow', subject: { port: 8883, backlog: 16 } }],
    });
  });

  test('reads what there is of one that was cut off, and says so', async () => {
    const whole = readFileSync(capture('conntrack-table-full.ctd.gz'));
    const cut = file('torn.ctd.gz', whole.subarray(0, Math.floor(whole.length * 0.6)));
    const { exitCode, stdout, stderr } = await ctdiag(['diagnose', cut]);
    expect(stderr).toMatch(/was cut off/);
    expect(exitCode).toBeLessThanOrEqual(2);
    expect(stdout).toContain('Nearest ceilings');
    // In the report too, which is read elsewhere.
    expect(stdout).toMatch(/The\s+recording\s+was\s+cut\s+off\s+at\s+22:\d\d:\d\d/);
    const json = JSON.parse((await ctdiag(['diagnose', cut, '--format', 'json'])).stdout) as object;
    expect(json).toMatchObject({ coverage: { cutOff: true } });
    const early = await ctdiag(['diagnose', cut, '--to', '+30s']);
    expect(early.stdout).not.toMatch(/was\s+cut\s+off/);
  });
});

describe.skipIf(process.platform !== 'linux')('on this host', () => {
  test('record writes a capture that is whole, private and never replaced, and diagnose reads it', async () => {
    const path = join(folder, 'host.ctd.gz');
    const args = ['record', path, '--duration', '1s', '--source', 'counters'];
    const recorded = await ctdiag(args);
    expect(recorded).toMatchObject({ exitCode: 0, stdout: '' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await ctdiag(['diagnose', path])).stderr).toBe('');

    const before = readFileSync(path);
    expect(await ctdiag(args)).toMatchObject({ exitCode: 73 });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(await ctdiag([...args, '--force'])).toMatchObject({ exitCode: 0 });
  });

  test('record names its file after host and time', async () => {
    const { exitCode } = await execa(
      process.execPath,
      [CLI, 'record', '--duration', '1', '--source', 'counters', '--quiet'],
      { cwd: folder },
    );
    expect(exitCode).toBe(0);
    const made = readdirSync(folder).filter((name) => name.startsWith('ctdiag-'));
    expect(made).toEqual([expect.stringMatching(/^ctdiag-.+-\d{8}T\d{6}Z\.ctd\.gz$/)]);
  });

  test('top --plain prints a line per sample, without a terminal, until a signal', async () => {
    const running = execa(process.execPath, [CLI, 'top', '--plain', '--source', 'counters'], {
      reject: false,
    });
    for await (const line of running) {
      expect(line).toMatch(/^\d\d:\d\d:\d\d (?:ok|warning|critical|unknown)/);
      // A second signal would end it at once, without an exit code of its own.
      if (!running.killed) running.kill('SIGTERM');
    }
    expect((await running).exitCode).toBe(143);
  });

  test('record - streams to standard output, and diagnose - reads that', async () => {
    const { stdout } = await ctdiag(['record', '-', '--duration', '1s', '--source', 'counters', '--quiet']);
    const first = stdout.split('\n')[0] ?? '';
    expect(JSON.parse(first)).toMatchObject({ format: 'ctdiag-capture', version: 1 });
    const { exitCode, stdout: text } = await ctdiag(['diagnose', '-'], { input: `${stdout}\n` });
    expect(text).toContain('Coverage: kernel counters only');
    expect(exitCode).toBeLessThanOrEqual(2);
  });

  test('diagnose watches the host itself', async () => {
    const { stdout } = await ctdiag([
      'diagnose',
      '--duration',
      '1s',
      '--source',
      'counters',
      '--format',
      'json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, coverage: { probes: 'off' } });
  });

  test('a device is not recorded to', async () => {
    const { exitCode, stderr } = await ctdiag(['record', '/dev/full', '--force', '--source', 'counters']);
    expect(stderr).toMatch(/\/dev\/full cannot be created: it is not a regular file; write to - for pipes/);
    expect(exitCode).toBe(73);
  });
});
