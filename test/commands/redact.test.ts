import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { redactedPath } from '../../src/commands/redact.js';
import { bundledPath } from '../scenarios/bundled.js';
import { ctdiag } from './cli.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-redact-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['a.ctd.gz', 'a.redacted.ctd.gz'],
  ['a.ctd', 'a.redacted.ctd'],
  ['dir/a.gz', 'dir/a.redacted.gz'],
  ['other', 'other.redacted.ctd.gz'],
  ['/var/lib/ctdiag/', '/var/lib/ctdiag.redacted.ctd.gz'],
  ['-', '-'],
])('%s is redacted to %s', (path, to) => {
  expect(redactedPath(path)).toBe(to);
});

test('redact writes captures anew beside the old ones, with one stand-in for one name', async () => {
  const paths = ['a.ctd.gz', 'b.ctd.gz'].map((name) => join(folder, name));
  for (const path of paths) copyFileSync(bundledPath('accept-queue-overflow'), path);
  const { exitCode, stdout } = await ctdiag(['redact', ...paths]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
  const texts = paths.map((path) => {
    const to = redactedPath(path);
    expect(statSync(to).mode & 0o777).toBe(0o600);
    return gunzipSync(readFileSync(to)).toString('utf8');
  });
  expect(texts[0]).toBe(texts[1]);
  expect(texts[0]).not.toMatch(/ctdiag-vm|10\.9\.|python/);
  const diagnosed = await ctdiag(['diagnose', redactedPath(paths[0] ?? ''), '--format', 'json']);
  expect(JSON.parse(diagnosed.stdout)).toMatchObject({
    status: 'critical',
    findings: [{ code: 'accept-queue-overflow', subject: { port: 8883 } }],
  });
  const again = await ctdiag(['redact', paths[0] ?? '']);
  expect(again).toMatchObject({ exitCode: 73, stderr: expect.stringContaining('already exists') as string });
  expect(await ctdiag(['redact', '--force', paths[0] ?? ''])).toMatchObject({ exitCode: 0 });
});

test('redact makes one capture of a ring, and works in a pipe', async () => {
  const ring = join(folder, 'ring');
  mkdirSync(ring);
  copyFileSync(bundledPath('conntrack-table-full'), join(ring, 'ctdiag-00000001-20261121T223922Z.ctd.gz'));
  expect(await ctdiag(['redact', ring])).toMatchObject({ exitCode: 0 });
  expect(await ctdiag(['diagnose', `${ring}.redacted.ctd.gz`])).toMatchObject({ exitCode: 2 });
  const plain = gunzipSync(readFileSync(bundledPath('conntrack-table-full'))).toString('utf8');
  const { stdout } = await ctdiag(['redact', '-'], { input: plain });
  expect(stdout.split('\n')).toHaveLength(plain.trimEnd().split('\n').length);
  expect(stdout).not.toContain('ctdiag-vm');
});

test.skipIf(process.platform !== 'linux')(
  'record --redact leaves nothing of the host in the file',
  async () => {
    const path = join(folder, 'host.ctd');
    const recorded = await ctdiag(['record', path, '--redact', '--duration', '1s', '--source', 'counters']);
    expect(recorded.exitCode).toBe(0);
    const text = readFileSync(path, 'utf8');
    // A host may be called vm, and vm.max_map_count is no host.
    const strings = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, string]) => string);
    expect(strings).not.toContain(hostname());
    expect(text).not.toContain(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    expect(text).toMatch(/"host":"host-[0-9a-f]{8}"/);
  },
);

test('searches the result for words that must not be in it', async () => {
  const words = join(folder, 'words');
  writeFileSync(words, 'u1234567\n203.0.113.77\nnowhere\n');
  const leaking = fileURLToPath(new URL('../fixtures/cases/redact-leaks.ctd', import.meta.url));
  const found = await ctdiag(['redact', '--check', leaking, '--words', words]);
  expect(found).toMatchObject({
    exitCode: 1,
    stderr: 'ctdiag: 2 of 3 words were found; do not share these captures.',
  });
  expect(found.stdout).toMatch(/^u1234567: .*redact-leaks\.ctd, line 2; .*, line 3$/m);
  const copy = join(folder, 'leaks.ctd');
  copyFileSync(leaking, copy);
  const redacted = await ctdiag(['redact', copy]);
  expect(redacted.stderr).toMatch(/redaction cannot promise/);
  expect(
    await ctdiag(['redact', '--check', join(folder, 'leaks.redacted.ctd'), '--words', words]),
  ).toMatchObject({
    exitCode: 0,
    stdout: '',
  });
  expect(await ctdiag(['redact', '--check', copy])).toMatchObject({ exitCode: 64 });
});
