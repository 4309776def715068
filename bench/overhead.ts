import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { isDistro } from '../test/kernel/distros.js';
import { runScenario } from '../test/kernel/scenario.js';

// What tracing costs those who open connections, as ratios of one run on a real kernel in a VM. Emulated, so the
// milliseconds are not those of hardware. Needs `npm run build`, root, and what the kernel tests need.
const distro = process.argv[2] ?? 'bookworm';
const rounds = Number(process.env['ROUNDS'] ?? 4);
const flows = Number(process.env['FLOWS'] ?? 2000);
if (!isDistro(distro)) throw new Error(`There is no distribution ${distro} here.`);

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;

// The nearest packaged peer, in the root that the guest sees; without it its row is missing.
if (!existsSync('/usr/sbin/tcpsynbl'))
  await execa('apt-get', ['install', '-qq', '--yes', '--no-install-recommends', 'libbpf-tools'], {
    reject: false,
  });
await execa('sh', ['test/kernel/install.sh'], { stdio: 'inherit' });

const outcome = await runScenario(
  {
    name: 'bench-overhead',
    purpose: 'What tracing costs.',
    guestScript: '../../../bench/overhead/guest.sh',
    environment: { ROUNDS: String(rounds), FLOWS: String(flows) },
    memoryMiB: 3072,
    timeoutMs: 1_500_000,
    checks: {},
  },
  distro,
);
for (const failure of outcome.failures) say(failure);

const rows = (name: string): string[][] => {
  const file = join(outcome.resultsDir, name);
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return text === '' ? [] : text.split('\n').map((line) => line.split('\t'));
};
const times = rows('times');
const timesOf = (who: string, kind: string): number[] =>
  times.filter((row) => row[1] === who && row[2] === kind).map((row) => Number(row[3]));

say(`${distro}: ${flows} flows a time, medians of ${timesOf('none', 'udp').length} times, in turns\n`);
say(`${'traced by'.padEnd(14)} ${'UDP ms'.padStart(8)} ratio   ${'TCP ms'.padStart(8)} ratio`);
for (const who of ['none', 'fexit', 'kprobe', 'detail', 'ctdiag', 'conntrack-E', 'tcpsynbl']) {
  const figures = ['udp', 'tcp'].map((kind) => {
    const ms = median(timesOf(who, kind));
    return `${ms.toFixed(0).padStart(8)} ${(ms / median(timesOf('none', kind))).toFixed(3)}`;
  });
  say(`${who.padEnd(14)} ${figures.join('   ')}`);
}

say(
  `\nrun_time_ns of the programs, by the kernel (bpf_stats_enabled), for ${flows} UDP and ${flows} TCP flows`,
);
for (const who of ['fexit', 'kprobe', 'detail']) {
  const programs = rows('stats').filter((row) => row[0] === who);
  const ns = programs.reduce((sum, row) => sum + Number(row[2]), 0);
  const runs = programs.reduce((sum, row) => sum + Number(row[3]), 0);
  say(
    `${who.padEnd(14)} ${runs} runs of ${programs.length} programs, ${(ns / (2 * flows)).toFixed(0)} ns a flow, ${(ns / runs).toFixed(0)} ns a run`,
  );
}
