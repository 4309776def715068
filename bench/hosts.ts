import { setTimeout as sleep } from 'node:timers/promises';
import { startHosts, sshAlone } from './hosts/hundred-hosts.js';
import { openTable } from './hosts/table.js';
import type { Table } from './hosts/table.js';

// `ctdiag top` of a hundred hosts of which ten hang, behind real sshd's on loopback: how soon the others are there, and
// what it costs, as ratios measured in one run. Needs ssh, sshd and `npm run build`.
const HOSTS = Number(process.env['BENCH_HOSTS'] ?? 100);
const BEGUN_AT_ONCE = 16;
const CLI = 'dist/cli.js';
const MEASURED_MS = Number(process.env['BENCH_SECONDS'] ?? 30) * 1000;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const hosts = await startHosts(CLI, HOSTS);
const { answering, hanging, configFile } = hosts;
const options = `--source counters --ssh-config ${configFile} --remote-command ${hosts.remoteCommand}`;
const started: Table[] = [];
try {
  const alone = await sshAlone(answering, configFile, BEGUN_AT_ONCE);
  say(`${answering.length} hosts answer, ${hanging.length} hang`);
  say(`${'ssh HOST true for each that answers'.padEnd(44)} ${(alone / 1000).toFixed(1).padStart(6)} s`);

  const [one] = answering;
  const single = open(`${one}`);
  await single.until((text) => /nearest|CEILING/i.test(text));
  const many = open(`@${hosts.inventory}`);
  for (const share of [0.5, 0.9, 1]) {
    const wanted = Math.ceil(answering.length * share);
    const ms = await many.until((text) => withData(text) >= wanted);
    say(
      `${`ctdiag top: ${wanted} hosts have data`.padEnd(44)} ${(ms / 1000).toFixed(1).padStart(6)} s ${(ms / alone).toFixed(1).padStart(6)} x`,
    );
  }
  const [first, all] = await Promise.all([single.cost(MEASURED_MS), many.cost(MEASURED_MS)]);
  say(`\nRUNNING at one frame a second of each host, ${MEASURED_MS / 1000} s`);
  row('ctdiag top of one host', first);
  row(`ctdiag top of ${HOSTS}`, all);
  say(
    `${`${HOSTS} hosts against one`.padEnd(44)} ${(all.cpu / first.cpu).toFixed(1).padStart(6)} x ${(all.residentMb / first.residentMb).toFixed(1).padStart(19)} x`,
  );
  const begun = performance.now();
  await many.quit();
  say(`\n${'from q to the end'.padEnd(44)} ${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s`);
} finally {
  for (const table of started) await table.quit();
  await sleep(500);
  await hosts.stop();
}
process.exit(0);

function open(what: string): Table {
  const table = openTable(`${process.execPath} ${CLI} top ${what} ${options}`, HOSTS + 20);
  started.push(table);
  return table;
}

/** How many hosts of the table have figures of now; its header counts those that have none. */
function withData(text: string): number {
  const [header = ''] = text.split('\n');
  if (!header.includes(`${HOSTS} hosts`)) return 0;
  return HOSTS - Number(/(\d+) without data/.exec(header)?.[1] ?? 0);
}

function row(name: string, { cpu, residentMb }: { readonly cpu: number; readonly residentMb: number }): void {
  say(
    `${name.padEnd(44)} ${(cpu * 100).toFixed(1).padStart(6)} % of a core ${residentMb.toFixed(0).padStart(6)} MB`,
  );
}
