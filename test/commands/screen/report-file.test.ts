import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withReports } from '../../../src/commands/screen/report-screen.js';
import { writeReportFile } from '../../../src/commands/screen/report-file.js';
import type { Notice } from '../../../src/playback/notice.js';
import type { ScreenState } from '../../../src/playback/screen-state.js';
import { createFold, windowOf } from '../../../src/model/index.js';
import { diagnose } from '../../../src/diagnose/index.js';
import { readBundled } from '../../scenarios/bundled.js';
import { bundledFleet, replayState } from '../../scenarios/two-hosts.js';

let state: ScreenState;
const made: string[] = [];
const folder = (): string => {
  made.push(mkdtempSync(join(tmpdir(), 'ctdiag-report-')));
  return made.at(-1) ?? '';
};
afterAll(() => made.forEach((text) => rmSync(text, { recursive: true, force: true })));

async function stateOf(host: string): Promise<ScreenState> {
  const { header: bundled, records } = await readBundled('accept-queue-overflow');
  const header = { ...bundled, host };
  const fold = createFold(header);
  const frames = records.flatMap((record) => fold.push(record) ?? []);
  const window = windowOf(header, frames);
  return {
    mode: 'live',
    frames,
    window,
    diagnosis: window === null ? null : diagnose(window),
    verdicts: [],
    header,
    frozen: false,
    speed: null,
    recording: null,
    notice: null,
  };
}
beforeAll(async () => {
  state = await stateOf('web-07');
});

/** The name of the file that a report was written to. */
function writtenTo(folders: readonly string[]): string {
  const notice = writeReportFile(state, 'markdown', folders);
  return notice.kind === 'report-written' ? basename(notice.path) : notice.kind;
}

describe('a report of the moment shown', () => {
  it.each([
    ['markdown', /^ctdiag-web-07-\d{8}T\d{6}Z\.md$/, /^## /],
    ['html', /^ctdiag-web-07-\d{8}T\d{6}Z\.html$/, /^<!doctype html>/],
  ] as const)('as %s says where it is, and is readable by its owner alone', (format, name, begins) => {
    const here = folder();
    const notice = writeReportFile(state, format, [here]);
    const [file = ''] = readdirSync(here);
    expect(notice).toEqual({ kind: 'report-written', path: join(here, file), notHere: null });
    expect(file).toMatch(name);
    expect(readFileSync(join(here, file), 'utf8')).toMatch(begins);
    expect(statSync(join(here, file)).mode & 0o777).toBe(0o600);
  });

  it('of the table of hosts tells of all of them, as Markdown alone', async () => {
    const here = folder();
    const fleet = await bundledFleet();
    const table = replayState(fleet, fleet.toMs, null);
    expect(writeReportFile(table, 'html', [here])).toEqual({ kind: 'no-report', why: 'page-of-one-host' });
    writeReportFile(table, 'markdown', [here]);
    const [file = '', ...others] = readdirSync(here);
    expect([file, others]).toEqual([expect.stringMatching(/^ctdiag-hosts-\d{8}T\d{6}Z\.md$/), []]);
    const text = readFileSync(join(here, file), 'utf8');
    expect(text).toMatch(/^\| critical \| ctdiag-vm \|.*conntrack table full/m);
    expect(text).toMatch(/^\| critical \| ctdiag-vm \|.*accept queue full/m);
    expect(text).toMatch(/^\| unknown \| \? \|.*does not exist/m);
  });

  it('never replaces a file, nor follows a link that waits under its name', () => {
    const here = folder();
    const first = writtenTo([here]);
    const second = writtenTo([here]);
    expect(second).toBe(first.replace('.md', '-2.md'));
    symlinkSync(join(here, 'target'), join(here, first.replace('.md', '-3.md')));
    expect(writtenTo([here])).toBe(first.replace('.md', '-4.md'));
    expect(readdirSync(here)).not.toContain('target');
  });

  it('goes to the folder for temporary files where this one cannot be written, and says why', () => {
    const [gone, temporary] = [join(folder(), 'gone'), folder()];
    expect(writeReportFile(state, 'markdown', [gone, temporary])).toMatchObject({
      kind: 'report-written',
      notHere: 'ENOENT',
    });
    expect(readdirSync(temporary)).toHaveLength(1);
    expect(writeReportFile(state, 'html', [gone])).toEqual({
      kind: 'report-failed',
      errno: 'ENOENT',
      format: 'html',
    });
  });

  it('is named safely whatever the host is called', async () => {
    const here = folder();
    writeReportFile(await stateOf('../../etc/\u001b[31m x'), 'markdown', [here]);
    expect(readdirSync(here)).toEqual([expect.stringMatching(/^ctdiag-_\.\._etc_31m_x-\d{8}T\d{6}Z\.md$/)]);
  });

  it('is refused in words while there are no figures', () => {
    expect(writeReportFile({ ...state, window: null }, 'markdown', [])).toEqual({
      kind: 'no-report',
      why: 'no-figures',
    });
  });
});

it('says where the report is for ten seconds, over the states that come meanwhile', () => {
  let now = 0;
  const written = (format: string): Notice => ({ kind: 'report-written', path: format, notHere: null });
  const OTHER: Notice = { kind: 'replay-is-recorded' };
  const notices: (Notice | null)[] = [];
  const nothing = (): void => undefined;
  const inner = {
    update: (screenState: ScreenState) => void notices.push(screenState.notice),
    close: nothing,
    suspend: nothing,
    resume: nothing,
  };
  const screen = withReports(
    inner,
    () => now,
    (_state, format) => written(format),
  );
  screen.writeReport('markdown');
  screen.update(state);
  screen.writeReport('html');
  now = 9_999;
  screen.update({ ...state, notice: OTHER });
  now = 10_000;
  screen.update({ ...state, notice: OTHER });
  expect(notices).toEqual([null, written('html'), written('html'), OTHER]);
  screen.writeReport('html');
  screen.noticed();
  screen.update(state);
  expect(notices.slice(4)).toEqual([written('html'), null]);
});
