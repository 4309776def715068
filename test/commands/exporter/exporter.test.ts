import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { CLI } from '../../programs.js';
import { ctdiag } from '../cli.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-exporter-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED, no Linux: the exporter of this host');

function start(...args: string[]) {
  return execa(
    process.execPath,
    [CLI, 'exporter', '--source', 'counters', '--listen', '127.0.0.1:0', '--interval', '200ms', ...args],
    { reject: false },
  );
}

/** The first match of `pattern` in what a stream says. */
function said(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.on('data', (data: Buffer) => {
      text += data.toString();
      const match = pattern.exec(text);
      if (match !== null) resolve(match[1] ?? match[0]);
    });
    stream.on('end', () => reject(new Error(`ended with: ${text}`)));
  });
}

async function scrapeUntil(url: string, pattern: RegExp): Promise<string> {
  for (;;) {
    const text = await (await fetch(url)).text();
    if (pattern.test(text)) return text;
  }
}

describe('ctdiag exporter', { skip: !isLinux }, () => {
  it.each([
    ['SIGINT', 0],
    ['SIGTERM', 143],
  ] as const)(
    'serves this host, records a ring and ends with %s, scrapers or not',
    async (signal, exitCode) => {
      const ring = join(folder, signal);
      const running = start('--ring', ring);
      const url = await said(running.stderr, /metrics at (http:\S+)/);
      const text = await scrapeUntil(url, /^ctdiag_ceiling_used\{ceiling="file-handles"/m);
      expect(text).toMatch(/^ctdiag_records_lost_total\{where="ring"\} 0$/m);
      const hanging = fetch(url, { method: 'GET' }).then((response) => response.body?.getReader());
      await hanging;
      running.kill(signal);
      const end = await running;
      expect({ exitCode: end.exitCode, stdout: end.stdout }).toEqual({ exitCode, stdout: '' });
      const seen = await ctdiag(['diagnose', ring, '--format', 'json']);
      expect(JSON.parse(seen.stdout)).toMatchObject({ coverage: { cutOff: false } });
    },
  );

  it('prints the first verdict as an event that follows the schema of diagnose', async () => {
    const running = start('--events');
    const line = await said(running.stdout, /^(.*)\n/);
    running.kill('SIGINT');
    await running;
    const schema = JSON.parse(
      readFileSync(new URL('../../../docs/diagnosis.schema.json', import.meta.url), 'utf8'),
    ) as object;
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(JSON.parse(line)), JSON.stringify(validate.errors)).toBe(true);
  });
});

describe('wrong usage is a sentence', () => {
  it.each([
    [['--listen', '9435'], 64, /Give an address of this host and a port/],
    [['--listen', ':9435'], 64, /0\.0\.0\.0 is every address/],
    [['--listen', '127.0.0.1:65536'], 64, /Give an address/],
    [['--listen', '::1:9435'], 64, /\[::1\]:9435/],
    [['--listen', 'example.org:80'], 64, /Give an address/],
    [['--max-size', '64M'], 64, /--ring DIR/],
    [['--listen', '203.0.113.9:9435'], 73, /203\.0\.113\.9 is not an address of this host/],
  ])('%j', async (args, exitCode, words) => {
    const end = await ctdiag(['exporter', '--source', 'counters', ...args]);
    expect(end.exitCode).toBe(exitCode);
    expect(end.stderr).toMatch(words);
    expect(end.stderr.trim().split('\n')).toHaveLength(1);
  });
});
