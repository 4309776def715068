import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import { afterAll, expect, it } from 'vitest';
import { createSeriesExport } from '../../src/render/index.js';
import { bundledPath } from '../scenarios/bundled.js';
import { CONTAINER, framesOf, HEADER, kernel, tick } from '../scenarios/stream.js';
import { ctdiag } from './cli.js';
import { CLI } from '../programs.js';
import { promtool } from '../promtool.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const capture = bundledPath('conntrack-table-full');

it('writes OpenMetrics of which promtool makes blocks', { skip: !promtool }, async () => {
  const { stdout, exitCode } = await ctdiag(['export', capture, '--format', 'openmetrics']);
  expect(exitCode).toBe(0);
  const [input, blocks] = [join(folder, 'metrics.om'), join(folder, 'blocks')];
  writeFileSync(input, `${stdout}\n`);
  const made = execaSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', input, blocks], {
    reject: false,
  });
  expect({ exitCode: made.exitCode, stderr: made.stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(readdirSync(blocks).length).toBeGreaterThan(0);
  // dump wants a write-ahead log beside the blocks, which an import does not make.
  mkdirSync(join(blocks, 'wal'));
  expect(execaSync('promtool', ['tsdb', 'list', blocks]).stdout).toMatch(/\d{4,}/);
  expect(stdout).toMatch(/^ctdiag_nf_conntrack_drop_total\{.*namespace="netns server"\} \d+ \d+\.\d{3}$/m);
});

it.each([
  ['into a pipe whose reader goes away', '| head -1', 74, /^time,metric[^\n]*\n$/, /^$/],
  [
    'to a full disk',
    '> /dev/full',
    74,
    /^$/,
    /^ctdiag: standard output cannot be written: the disk is full\.$/,
  ],
] as const)('ends without a word of a bug %s', (_where, where, code, out, err) => {
  const { exitCode, stdout, stderr } = execaSync(
    'bash',
    ['-c', `"$0" "$1" export "$2" ${where}; exit "\${PIPESTATUS[0]}"`, process.execPath, CLI, capture],
    { reject: false, stripFinalNewline: false },
  );
  expect(exitCode).toBe(code);
  expect(stdout).toMatch(out);
  expect(stderr.trim()).toMatch(err);
});

it('writes NDJSON and CSV with one figure a line', async () => {
  const json = (await ctdiag(['export', capture, '--format', 'ndjson'])).stdout.split('\n');
  const csv = (await ctdiag(['export', capture, '--format', 'csv'])).stdout.split('\n');
  expect(csv).toHaveLength(json.length + 1);
  expect(csv[0]).toBe('time,metric,netns,namespace,source,value,per_sec');
  expect(JSON.parse(json.at(-1) ?? '')).toMatchObject({
    host: 'ctdiag-vm',
    source: expect.any(String) as string,
  });
});

it('keeps names from being formulas, columns or labels of their own', () => {
  const [frame] = framesOf([
    { type: 'netns', elapsedMs: 0, netns: CONTAINER, label: '=cmd|"x",\ny\\' },
    kernel(0, { 'nf_conntrack.drop': null, 'net.netfilter.nf_conntrack_count': 4 }, CONTAINER),
    tick(0),
  ]);
  if (frame === undefined) throw new Error('no frame');
  expect(createSeriesExport('csv', HEADER).frame(frame)).toContain(`,"'=cmd|""x"",·y\\",kernel,4,\n`);
  const metrics = createSeriesExport('openmetrics', HEADER);
  metrics.frame(frame);
  const text = [...metrics.end()].join('');
  expect(text).toContain('namespace="=cmd|\\"x\\",·y\\\\"} 4 ');
  expect(text).not.toContain('nf_conntrack_drop');
});

it.each(['csv', 'ndjson', 'openmetrics'])('passes nothing of a hostile name raw to %s', async (format) => {
  const hostile = fileURLToPath(new URL('../fixtures/cases/export-osc52.ctd', import.meta.url));
  const { stdout, exitCode } = await ctdiag(['export', hostile, '--format', format]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/CurrEstab/);
  expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
});
