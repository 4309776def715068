import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';
import { describe, expect, it, onTestFinished } from 'vitest';
import { linesUntil } from '../capture/killing.js';
import { CLI, fixtureProgram } from '../programs.js';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const CTDIAG = `${process.execPath} ${CLI}`;
const CAPTURE = file('test/captures/accept-queue-overflow.ctd.gz');
const hasTerminals = spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0;

/** Runs a command on a terminal of its own, by script(1); types the keys once `mark` is seen. Resolves at its end. */
async function typed(
  command: string,
  mark: string,
  keys: string,
): Promise<{ code: number | null; seen: string }> {
  const child = spawn('script', ['-qefc', `stty rows 24 cols 80; exec ${command}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', LC_ALL: '' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill());
  let seen = '';
  let asked = false;
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (asked || !seen.includes(mark)) return;
      asked = true;
      child.stdin.write(keys);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, seen }));
  });
}

/** Runs a command on a terminal until its screen is as wanted, then types `q`. Resolves at its end. */
async function shownUntil(
  command: string,
  isIt: (rows: readonly string[]) => boolean,
): Promise<number | null> {
  const child = spawn('script', ['-qefc', `stty rows 24 cols 80; exec ${command}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', LC_ALL: '', TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill());
  const emulator = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  child.stdout.on('data', (chunk: Buffer) =>
    emulator.write(chunk, () => {
      const rows = Array.from(
        { length: 24 },
        (_, row) => emulator.buffer.active.getLine(row)?.translateToString(true) ?? '',
      );
      if (isIt(rows)) child.stdin.write('q');
    }),
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
}

describe.skipIf(!hasTerminals)('on a terminal', () => {
  it.each([
    ['q', 'q', 0],
    ['ctrl-c', '\u0003', 130],
  ])(
    '%s leaves a replay, whatever of the capture is still to come',
    async (_name, keys, code) => {
      for (const options of ['', '--follow', '--speed max']) {
        const ended = await typed(`${CTDIAG} replay ${options} ${CAPTURE}`, 'CEILINGS', keys);
        expect(ended.code, options).toBe(code);
        // The alternate screen is left.
        expect(ended.seen.lastIndexOf('\u001b[?1049l')).toBeGreaterThan(
          ended.seen.lastIndexOf('\u001b[?1049h'),
        );
      }
    },
    60_000,
  );

  it('several captures are a table of hosts, and enter opens one of them', async () => {
    const other = file('test/captures/conntrack-table-full.ctd.gz');
    const ended = await typed(`${CTDIAG} replay ${CAPTURE} ${other} /absent.ctd.gz`, 'HOSTS', '\rqq');
    expect(ended.seen).toContain('recording starts');
    expect(ended.seen).toContain('/absent.ctd.gz does not exist.');
    expect(ended.seen.indexOf('CEILINGS')).toBeGreaterThan(ended.seen.indexOf('HOSTS'));
    expect(ended.code).toBe(0);
  }, 60_000);

  it('--from and --to leave the rest of a capture out, and --at is inside it', async () => {
    const capture = file('test/captures/conntrack-table-full.ctd.gz');
    const span = '--from 2026-11-21T22:42:10Z --to 2026-11-21T22:42:40Z';
    const ended = await typed(`${CTDIAG} replay ${span} --at +20s ${capture}`, 'EVENTS', 'q');
    // Cells that stay blank are passed over by moving the cursor.
    expect(ended.seen.replace(/\u001b\[[\d;?]*[A-Za-z]/g, ' ')).toMatch(/20 +s +of +29 +s/);
    expect(ended.seen).toContain('conntrack table full');
  }, 60_000);

  it.skipIf(process.platform !== 'linux')(
    '--follow of a ring shows its newest second, also when the shard that it began with is gone',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ctdiag-terminal-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const ring = join(folder, 'ring');
      const child = spawn(process.execPath, [fixtureProgram('write-capture'), ring, String(96 * 1024)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      await linesUntil(child.stdout, () => true);
      const shards = (): string[] => readdirSync(ring).filter((name) => name.endsWith('.gz'));
      const [first = ''] = shards();
      let newest = '';
      const clock = (rows: readonly string[]): string =>
        /REPLAY (?:[\d-]{10} )?([\d:]{8}) \S+$/.exec(rows[0] ?? '')?.[1] ?? '';
      const code = await shownUntil(`${CTDIAG} replay --follow ${ring}`, (rows) => {
        // What the name of the newest shard says when the first is gone: the screen must come to be later.
        if (newest === '' && !shards().includes(first))
          newest = /T(\d{6})Z/.exec(shards().at(-1) ?? '')?.[1] ?? '';
        return newest !== '' && clock(rows).replaceAll(':', '') > newest;
      });
      expect(newest).not.toBe('');
      expect(code).toBe(0);
    },
    120_000,
  );

  it.skipIf(process.platform !== 'linux')(
    'q leaves the live screen and says what was recorded',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ctdiag-terminal-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const to = join(folder, 'live.ctd.gz');
      const ended = await typed(`${CTDIAG} top --source counters --force --record ${to}`, 'REC', 'q');
      expect(ended.code).toBe(0);
      expect(ended.seen).toMatch(/ctdiag: \S+\.ctd\.gz: [1-9]\d* records/);
    },
    60_000,
  );
});

describe.skipIf(!hasTerminals)('a report that is longer than the terminal', () => {
  it('says once more at its end what is wrong and the first command', async () => {
    const { code, seen } = await typed(`${CTDIAG} diagnose ${CAPTURE}`, 'never seen', '');
    const screen = seen.trimEnd().split(/\r?\n/).slice(-8).join('\n');
    expect(code).toBe(2);
    expect(screen).toMatch(/CRITICAL  accept queue full at .*:8883/);
    expect(screen).toContain('for t in /proc/');
  });
});
