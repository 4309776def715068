import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { RELEASE, VERSION, buildRelease } from './built.js';

const again = mkdtempSync(join(tmpdir(), 'ctdiag-release-'));
afterAll(() => rmSync(again, { recursive: true }));

const sumsIn = (folder: string): string[] =>
  readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trim().split('\n');

describe('a release', () => {
  it('holds every form for both processors, and their sums', async () => {
    expect(sumsIn(RELEASE).map((line) => line.split('  ')[1])).toEqual([
      'NOTES.md',
      expect.stringMatching(/^bpftrace-output-parser-[\d.]+\.tgz$/),
      `ctdiag-${VERSION}-linux-arm64`,
      `ctdiag-${VERSION}-linux-arm64.tar.xz`,
      `ctdiag-${VERSION}-linux-x64`,
      `ctdiag-${VERSION}-linux-x64.tar.xz`,
      `ctdiag-${VERSION}.cdx.json`,
      `ctdiag-${VERSION}.tgz`,
      `ctdiag_${VERSION}_amd64.deb`,
      `ctdiag_${VERSION}_arm64.deb`,
    ]);
    await execa('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: RELEASE });
  });

  it('tells what has changed', () => {
    expect(readFileSync(join(RELEASE, 'NOTES.md'), 'utf8')).toMatch(
      new RegExp(`^# ctdiag ${VERSION.replaceAll('.', '[.]')}\n\n### `),
    );
  });

  // The forms for the other processor are made by the same steps; they would take as long again.
  it('has the same bytes when it is built again, under another umask', { timeout: 1_200_000 }, async () => {
    await buildRelease('077', '--architecture', 'x64', '--out', again);
    expect(sumsIn(again)).toEqual(sumsIn(RELEASE).filter((line) => !line.includes('arm64')));
  });
});
