import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { openCaptureWriter } from '../../src/capture/index.js';
import { everySecond, HEADER, HOST, kernel, node } from '../scenarios/stream.js';
import { NASTY } from '../scenarios/hostile.js';
import { bundledPath } from '../scenarios/bundled.js';
import { ctdiag } from './cli.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-several-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A host whose table is full from `fullFrom` on, recorded for 40 s from `startSec` after the others. */
async function host(name: string, startSec: number, fullFrom: number): Promise<string> {
  const path = join(folder, `${name.replace(/\W/g, '_')}.ctd.gz`);
  const header = { ...HEADER, host: name, startedAtMs: HEADER.startedAtMs + startSec * 1000 };
  const writer = openCaptureWriter(path, header, false);
  const records = everySecond(40, (second) => [
    node(second * 1000, { 'net.netfilter.nf_conntrack_max': 65_536 }),
    kernel(
      second * 1000,
      {
        'net.netfilter.nf_conntrack_count': second < fullFrom ? 100 : 65_536,
        'nf_conntrack.drop': Math.max(0, second - fullFrom) * 500,
        'nf_conntrack.insert_failed': 0,
      },
      HOST,
    ),
  ]);
  for (const record of records) writer.write(record);
  writer.write({ type: 'end', elapsedMs: 40_000, reason: 'time' });
  await writer.close();
  return path;
}

const schema = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../docs/${name}.schema.json`, import.meta.url), 'utf8')) as object;

interface Several {
  readonly status: string;
  readonly captures: readonly {
    readonly file: string;
    readonly why: string | null;
    readonly diagnosis: {
      readonly status: string;
      readonly findings: readonly { code: string }[];
      readonly window: { readonly to: string; readonly host: string };
    } | null;
  }[];
}

describe('several captures', async () => {
  const healthy = await host('web-01', 0, 99);
  const later = await host('web-02', 0, 20);
  // It began 30 s later, and its trouble 5 s after that: after that of web-02, whatever their own times say.
  const last = await host('web-03', 30, 5);

  it('as JSON are what the published schema describes', async () => {
    const torn = join(folder, 'none.ctd.gz');
    const { stdout } = await ctdiag(['diagnose', healthy, later, torn, '--format', 'json']);
    const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
    ajv.addSchema(schema('diagnosis'));
    const matches = ajv.compile(schema('diagnoses'));
    matches(JSON.parse(stdout));
    expect(matches.errors).toBeNull();
  });

  it('are a table of hosts, the worst and the earliest first, by the clocks of their headers', async () => {
    const { exitCode, stdout, stderr } = await ctdiag(['diagnose', healthy, last, later]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(2);
    const rows = stdout.split('\n').filter((line) => /^[A-Z]{2,}/.test(line));
    expect(rows.map((row) => row.split(/\s+/).filter((cell) => /^(web|[A-Z]{2})/.test(cell)))).toEqual([
      ['CRITICAL', 'web-02'],
      ['CRITICAL', 'web-03'],
      ['OK', 'web-01'],
    ]);
    expect(stdout).toMatch(
      /^3 captures; the first finding began at \d\d:\d\d:\d\d on web-02: conntrack table full$/m,
    );
  });

  it('are cut at the same moments: -35s is before the end of the last of them', async () => {
    const { stdout } = await ctdiag(['diagnose', healthy, later, last, '--from', '-35s', '--format', 'json']);
    const { captures } = JSON.parse(stdout) as Several;
    const from = HEADER.startedAtMs + 35_000;
    for (const { diagnosis } of captures)
      expect(Date.parse(diagnosis?.window.to ?? '')).toBeGreaterThanOrEqual(from);
    const frames = captures.map(({ diagnosis }) => [
      diagnosis?.window.host,
      (diagnosis?.window as unknown as { frames: number }).frames,
    ]);
    expect(Object.fromEntries(frames)).toEqual({ 'web-01': 6, 'web-02': 6, 'web-03': 36 });
  });

  it('are told with one that cannot be read among them, as JSON and as Markdown', async () => {
    const absent = join(folder, 'absent.ctd.gz');
    const json = await ctdiag(['diagnose', healthy, absent, '--format', 'json']);
    expect(json.exitCode).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 1,
      status: 'unknown',
      captures: [
        { file: absent, diagnosis: null, why: expect.stringContaining('does not exist') as string },
        { file: healthy, why: null, diagnosis: { schema: 1, status: 'ok' } },
      ],
    });
    const { stdout } = await ctdiag([
      'diagnose',
      healthy,
      absent,
      bundledPath('conntrack-table-full'),
      '--format',
      'markdown',
    ]);
    expect(stdout).toMatch(/^\| critical \| ctdiag-vm \| .* \| conntrack table full/m);
    expect(stdout).toContain('## 🔴 conntrack table full');
  });

  it('leave nothing of a hostile name raw', async () => {
    const hostile = await host(NASTY.repeat(3), 0, 20);
    for (const format of ['text', 'json', 'markdown']) {
      const { stdout } = await ctdiag(['diagnose', healthy, hostile, '--format', format]);
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200b]/);
    }
  });

  it.each([
    [['--format', 'html'], /An HTML report shows one capture, and 2 were given/],
    [['--duration', '5s'], /--duration applies to a live/],
  ])('with %j are refused in a sentence', async (args, says) => {
    const { exitCode, stderr } = await ctdiag(['diagnose', healthy, later, ...args]);
    expect(stderr).toMatch(says);
    expect(exitCode).toBe(64);
  });

  it('are none of standard input', async () => {
    expect(await ctdiag(['diagnose', healthy, '-'])).toMatchObject({ exitCode: 64 });
  });
});
