import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { createHostView } from '../src/sources/host-view.js';
import { netnsOf } from '../src/sources/kernel/namespaces.js';
import { openKernelSource } from '../src/sources/kernel/kernel-source.js';
import { listListeners } from '../src/sources/listeners/ss.js';
import { buildLoad } from '../test/kernel/load.js';

// What a sample of the counters, and a look at the listeners, cost with few sockets and with 100,000 of them: what is
// read must not grow with the connections. In a network namespace of its own, on loopback. Needs root and gcc.
const CONNECTIONS = 50_000;
const PAIRS = 3;
const SAMPLES = 300;
const LOOKS = 21;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;

if (process.env['COUNTERS_NETNS'] === undefined) {
  const again = ['--net', process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  await execa('unshare', again, { stdio: 'inherit', env: { COUNTERS_NETNS: 'own' } });
  process.exit();
}

const netns = netnsOf('/proc', 'self');
const source = openKernelSource({
  procRoot: '/proc',
  netns,
  view: createHostView(netns ?? 1),
  intervalMs: 1000,
});

async function costs(): Promise<{ sampleMs: number; lookMs: number }> {
  const samples = Array.from({ length: SAMPLES }, (_, at) => {
    const from = performance.now();
    source.poll(at);
    return performance.now() - from;
  });
  const looks: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const from = performance.now();
    const { failure } = await listListeners(null);
    if (failure !== null) throw new Error(failure);
    looks.push(performance.now() - from);
  }
  return { sampleMs: median(samples), lookMs: median(looks) };
}

await execa('ip', ['link', 'set', 'lo', 'up']);
const before = await costs();

const load = join(await buildLoad(), 'load');
const started = Array.from({ length: PAIRS }, async (_, pair) => {
  const at = `127.0.0.${pair + 1}:8883`;
  const count = String(Math.ceil(CONNECTIONS / PAIRS));
  const options = { stdin: 'pipe', buffer: false, reject: false } as const;
  const server = execa(load, ['serve', '--listen', at, '--nofile', '20000'], options);
  await once(server.stdout, 'data');
  const client = execa(
    load,
    ['connect', '--to', at, '--count', count, '--concurrency', '512', '--burst', '512', '--nofile', '20000'],
    options,
  );
  await once(client.stdout, 'data');
  return [server, client];
});
const running = (await Promise.all(started)).flat();
const inUse = /^TCP: inuse (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1];
const after = await costs();
for (const resultPromise of running) resultPromise.kill();
source.kill();

say(`${inUse ?? '?'} TCP sockets; medians of ${SAMPLES} samples and ${LOOKS} looks`);
const row = (what: string, few: number, many: number): void =>
  say(
    `${what.padEnd(34)} ${few.toFixed(2).padStart(8)} ms ${many.toFixed(2).padStart(8)} ms   ${(many / few).toFixed(2)} x`,
  );
row('a sample of the counters', before.sampleMs, after.sampleMs);
row('a look at the listeners (ss)', before.lookMs, after.lookMs);
