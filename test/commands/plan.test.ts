import { describe, expect, test } from 'vitest';
import { ctdiag } from './cli.js';

const stock = ['--stock', '--memory', '16G', '--cpus', '8', '--kernel', '6.12'];

describe('what cannot be planned is refused in a sentence', () => {
  const rows: readonly (readonly [args: string[], code: number, says: RegExp])[] = [
    [[], 64, /--connections 1000000/],
    [['--apply'], 64, /--connections 1000000/],
    [['--connections', '1M', '--apply', '--rollback'], 64, /one of --check, --apply and --rollback/],
    [['--connections', '1M', '--stock', '--memory', '64G', '--apply'], 64, /another machine/],
    [['--connections', '1M', '--apply', '--format', 'udev'], 64, /leave out --format udev/],
    [['--check', 'a', '--live'], 64, /not both/],
    [['--live', '--format', 'udev'], 64, /prints --format text or json/],
    [['--connections', '1M', '--stock', '--memory', '64G', '--kernel', 'new'], 64, /kernel such as 6\.12/],
    [['--connections', '1M', '--kernel', '6.12'], 64, /--kernel needs --stock/],
    [['--connections', '0'], 64, /at least 1 connection/],
    [['--connections', '-5'], 64, /number of connections such as 1000000/],
    [['--connections', 'many'], 64, /number of connections such as 1000000/],
    [['--connections', '1.0005k'], 64, /number of connections such as/],
    [['--connections', '1e99'], 64, /number of connections such as/],
    [['--connections', '1M', '--tls', '30'], 64, /share of the connections such as 30%/],
    [['--connections', '1M', '--tls', '101%'], 64, /at most 100%/],
    [['--connections', '1M', '--emqx', 'new'], 64, /version of EMQX/],
    [['--connections', '1M', '--check', 'a.json'], 64, /not both/],
    [['--connections', '1M', '--live'], 64, /give one of them/],
    [['--connections', '9999999999'], 64, /at most 2,147,483,647/],
    [['--connections', '99999999999999999999'], 64, /number of connections/],
    [['--connections', '1M', '--memory', '8'], 64, /with its unit/],
    [['--connections', '1M', '--memory', '8X'], 64, /with its unit/],
    [['--connections', '1M', '--rate', 'fast'], 64, /rate such as 5000\/s/],
    [['--connections', '1M', '--rate', '0/s'], 64, /rate such as 5000\/s/],
    [['--connections', '1M', '--listen', '99999'], 64, /ports from 1 to 65535/],
    [['--connections', '1M', '--listen', '1883;reboot'], 64, /ports from 1 to 65535/],
    [['--connections', '1M', '--unit', '../../etc/passwd'], 64, /name of a unit/],
    [['--connections', '1M', '--for', 'kafka'], 64, /generic, mqtt, emqx/],
    [['--connections', '1M', '--format', 'xml'], 64, /Allowed choices are text, json, sysctl/],
    [['--connections', '1M', '--stock'], 64, /--stock --memory 16G/],
    [['--connections', '1M', '--unit', 'no-such-thing'], 69, /no unit no-such-thing\.service on this host/],
    [['--connections', '1M', '--root', '/nonexistent'], 69, /meminfo/],
  ];
  test.for(rows)('plan %j', async ([args, code, says]) => {
    const { exitCode, stderr, stdout } = await ctdiag(['plan', ...args]);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^\s+at |node:internal/m);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
  });
});

test('the plan as text says what stops first, and fits a terminal', async () => {
  const { exitCode, stdout } = await ctdiag(['plan', '--connections', '1M', ...stock, '--for', 'mqtt']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/STOPS FIRST {2}net\.netfilter\.nf_conntrack_max = 262,144, at 262,144/);
  expect(stdout).toContain('(1,000,000 connections + 3,334/s closed x 120 s in TIME_WAIT) x 1.25');
  for (const line of stdout.split('\n')) expect(Array.from(line).length).toBeLessThanOrEqual(80);
});

test('the plan as JSON has every setting with its formula', async () => {
  const { stdout } = await ctdiag(['plan', '--connections', '1M', ...stock, '--format', 'json']);
  const plan = JSON.parse(stdout) as { settings: { name: string; why: string; rule: { rule: string } }[] };
  expect(plan).toMatchObject({ schema: 1, fits: true, stopsFirst: 'net.netfilter.nf_conntrack_max' });
  for (const setting of plan.settings) expect(setting.why.length).toBeGreaterThan(5);
});

test('a form is not written for what the RAM cannot hold', async () => {
  const args = ['plan', '--connections', '10M', ...stock, '--format', 'sysctl'];
  const { exitCode, stdout, stderr } = await ctdiag(args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/The RAM has room for 1,\d{3},\d{3} /);
  // Two lines, not one with a mark in the place of the line's end.
  expect(stderr).toMatch(/for the system\)\.\nNothing was written/);
});

test('limits takes a plateau as plan takes connections, and no --duration for a capture', async () => {
  const capture = 'no-capture.ctd';
  const held = await ctdiag(['limits', '--duration', '3s', capture]);
  expect(held).toMatchObject({ exitCode: 64, stdout: '' });
  expect(held.stderr).toMatch(/no-capture\.ctd is a capture: leave it out/);
  // Refused because the capture is not there, no longer because of the number.
  expect(await ctdiag(['limits', '--plateau', '64k', capture])).toMatchObject({ exitCode: 69 });
});

test('one is one, and more are several', async () => {
  const args = ['plan', '--connections', '1', '--stock', '--memory', '1G', '--cpus', '1'];
  const { stdout } = await ctdiag(args);
  expect(stdout).toMatch(/^1 connection \(generic\)/);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(/1 entry per bucket.* 1 source address .*1 destination/);
  expect(stdout.replace(/\s+/g, ' ')).not.toMatch(
    /[ (]1 (connections|entries|destinations|source addresses|CPUs)/,
  );
});
