import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** What opening a capture costs, each figure of a process of its own; those are of the program as it is built. */
export interface Opening {
  /** `gzip -dc | JSON.parse` of each line, from start to end of the process. */
  readonly parseMs: number;
  /** From the start of the process to the state of the first frame. */
  readonly firstMs: number;
  /** To the state of the last frame, with every change of the verdict found. */
  readonly wholeMs: number;
  readonly seekMedianMs: number;
  readonly seekP99Ms: number;
  /** The same without the time in which other programs had the processor. */
  readonly seekRunP99Ms: number;
  /** The greatest that the process ever was. */
  readonly peakBytes: number;
  readonly frames: number;
  readonly changes: number;
}

const SEEKS = 1000;

/** What a replay loads, as one built file: tsx in the measured process would count as its own. */
function buildReplay(): string {
  const outfile = join(mkdtempSync(join(tmpdir(), 'ctdiag-bench-')), 'replay.mjs');
  buildSync({
    entryPoints: [fileURLToPath(new URL('replay.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['source'],
    // Packages in CommonJS, which the replay itself does not load.
    external: ['execa', 'commander', 'blessed'],
  });
  return outfile;
}

const PARSE = `
  const { spawn } = await import('node:child_process');
  let rest = '';
  let lines = 0;
  const gzip = spawn('gzip', ['-dc', process.argv[1]], { stdio: ['ignore', 'pipe', 'inherit'] });
  gzip.stdout.setEncoding('utf8');
  for await (const chunk of gzip.stdout) {
    const pieces = (rest + chunk).split('\\n');
    rest = pieces.pop();
    for (const line of pieces) { JSON.parse(line); lines += 1; }
  }
  console.log(JSON.stringify({ wholeMs: performance.now() }));`;

// As replay reads: twenty frames, then a turn of the event loop for keys.
const openWith = (replay: string): string => `
  const { openCaptureReader, createSession, setHeapForJumps } = await import(${JSON.stringify(replay)});
  // How long the main thread ran: waiting for other programs left out.
  const { readFileSync } = await import('node:fs');
  const ranMs = () => Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  setHeapForJumps();
  const reader = await openCaptureReader(process.argv[1]);
  const session = createSession(reader.header, true);
  let firstMs = 0;
  let left = 20;
  for await (const record of reader.records) {
    if (!session.take(record)) continue;
    if (firstMs === 0) { session.at(0); firstMs = performance.now(); }
    if (--left === 0) { left = 20; await new Promise((resolve) => setImmediate(resolve)); }
  }
  session.at(session.length - 1);
  const wholeMs = performance.now();
  const seeks = [];
  const runs = [];
  let at = 1;
  for (let count = 0; count < ${SEEKS}; count += 1) {
    at = (at * 48271) % 2147483647;
    const began = ranMs();
    const begun = performance.now();
    session.at(at % session.length);
    seeks.push(performance.now() - begun);
    runs.push(ranMs() - began);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const list of [seeks, runs]) list.sort((a, b) => a - b);
  console.log(JSON.stringify({
    firstMs, wholeMs,
    seekMedianMs: seeks[seeks.length >> 1], seekP99Ms: seeks[Math.floor(seeks.length * 0.99)],
    seekRunP99Ms: runs[Math.floor(runs.length * 0.99)],
    peakBytes: process.resourceUsage().maxRSS * 1024,
    frames: session.length, changes: session.verdicts.length,
  }));`;

function run(script: string, path: string): Partial<Opening> {
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script, path]);
  return JSON.parse(printed.toString('utf8')) as Partial<Opening>;
}

/** Opens a capture and jumps about in it. */
export function opening(path: string): Opening {
  const parseMs = run(PARSE, path).wholeMs ?? NaN;
  return { ...(run(openWith(buildReplay()), path) as Omit<Opening, 'parseMs'>), parseMs };
}
