import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openHostCapture } from '../../../src/commands/hosts/host-capture.js';
import { HEADER } from '../../scenarios/stream.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-host-captures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const AT_MS = Date.UTC(2026, 10, 21, 20, 41, 7);

it('names captures as the hosts were asked for, though all say the same name of themselves, and replaces none', async () => {
  const hosts = ['web-1', 'ops@web-2', 'ssh://ops@[fd00::1]:2222', '-../x/y', 'web-1'];
  const captures = hosts.map((host) =>
    openHostCapture(folder, host, { ...HEADER, host: 'localhost' }, AT_MS),
  );
  await Promise.all(captures.map(({ writer }) => writer.close()));
  const names = captures.map(({ path }) => basename(path));
  expect(names).toEqual([
    'ctdiag-web-1-20261121T204107Z.ctd.gz',
    'ctdiag-web-2-20261121T204107Z.ctd.gz',
    'ctdiag-_fd00_1_2222-20261121T204107Z.ctd.gz',
    'ctdiag-_x_y-20261121T204107Z.ctd.gz',
    'ctdiag-web-1-20261121T204107Z-2.ctd.gz',
  ]);
  expect(readdirSync(folder).sort()).toEqual([...names].sort());
});
