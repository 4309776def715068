// What ctdiag costs as a host grows: `npm run bench:scale [-- namespaces|sockets|rates|model …]`, all of them by itself.
// Prints figures and slopes of one run; nothing is asserted. Needs root: everything is made in network namespaces of
// its own on this machine, and removed at the end. BENCH_SECONDS shortens each measurement.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { modelCost } from './scale/model.js';
import { makeNamespaces } from './scale/namespaces.js';
import { measure, PROGRAMS } from './scale/programs.js';
import type { Program, ProgramCost } from './scale/programs.js';
import { openSockets } from './scale/sockets.js';
import { startLoad } from './screen/load.js';

const NAMESPACES = [1, 64, 250, 1000];
const SOCKETS = [1000, 100_000];
const RATES = [0, 5000, 20_000];
type Part = 'namespaces' | 'sockets' | 'rates' | 'model';

/** Long enough for the first reading of all namespaces and the first look at sockets. */
const SETTLE_MS = 15_000;
const forMs = Number(process.env['BENCH_SECONDS'] ?? 30) * 1000;
/** Longer than one condition lasts: what is made ends by itself then. */
const MOST_SEC = 300 + forMs / 1000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const folder = mkdtempSync(join(tmpdir(), 'ctdiag-scale-'));
const asked = process.argv.slice(2);
const isAsked = (part: Part): boolean => asked.length === 0 || asked.includes(part);

/**
 * Processor time of a fixed piece of work, so that figures of different machines, and of a machine that has other work,
 * can be set against each other.
 */
function workMs(): number {
  const work = 'let sum = 0; for (let i = 0; i < 1e8; i += 1) sum = (sum + i) | 0;';
  const print = 'process.stdout.write(String(process.cpuUsage().user / 1000))';
  return Number(execFileSync(process.execPath, ['-e', `${work} ${print}`], { encoding: 'utf8' }));
}

const columns = (cells: readonly string[]): string => cells.map((cell) => cell.padStart(11)).join('');
const shown = (figure: number | null | undefined, digits = 0): string => figure?.toFixed(digits) ?? '';

function sayHeader(title: string): void {
  say(`\n${title}`);
  const units = ['ms/s', 'children', 'MB', 'handles', 'pause ms', 'bytes/min', 'series', 'scrape B'];
  say(`${'size'.padStart(9)} ${'program'.padEnd(9)}${columns(units)}`);
}

function sayCost(size: number, program: Program, cost: ProgramCost): void {
  const { cpuMsPerSec, childrenMsPerSec, residentMb, handles, longestPauseMs, bytesPerMinute, scrape } = cost;
  const cells = [
    shown(cpuMsPerSec, 1),
    shown(childrenMsPerSec, 1),
    shown(residentMb),
    shown(handles),
    shown(longestPauseMs),
    shown(bytesPerMinute),
    shown(scrape?.series),
    shown(scrape?.bytes),
  ];
  say(`${String(size).padStart(9)} ${program.padEnd(9)}${columns(cells)}`);
}

type Costs = Readonly<Record<Program, ProgramCost>>;

/** All at once, so that each has the same machine. */
async function costsAt(size: number, enter: string): Promise<Costs> {
  const all = await Promise.all(
    PROGRAMS.map(async (program) => {
      const cost = await measure(program, { enter, folder, settleMs: SETTLE_MS, forMs });
      return [program, cost] as const;
    }),
  );
  for (const [program, cost] of all) sayCost(size, program, cost);
  return Object.fromEntries(all) as Costs;
}

/** What each thousand more of it adds, from the smallest to the largest size. */
function saySlopes(what: string, costs: ReadonlyMap<number, Costs>): void {
  const [first, last] = [[...costs][0], [...costs].at(-1)];
  if (first === undefined || last === undefined || first[0] === last[0]) return;
  const thousands = (last[0] - first[0]) / 1000;
  for (const program of PROGRAMS) {
    const [before, after] = [first[1][program], last[1][program]];
    const slope = (of: (cost: ProgramCost) => number): number => (of(after) - of(before)) / thousands;
    const cpu = slope((cost) => cost.cpuMsPerSec + cost.childrenMsPerSec);
    say(
      `${program}: each 1,000 ${what} more add ${cpu.toFixed(2)} ms/s and ${slope((cost) => cost.residentMb).toFixed(1)} MB`,
    );
  }
}

try {
  const [cpu] = cpus();
  say(
    `${cpus().length} x ${cpu?.model ?? '?'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}; ${forMs / 1000} s each`,
  );
  say(
    `a loop of 100,000,000 additions: ${workMs().toFixed(0)} ms of processor time here; 10 ms/s is 1 % of a core`,
  );

  if (isAsked('namespaces')) {
    sayHeader('IDLE NETWORK NAMESPACES, a process in each');
    const costs = new Map<number, Costs>();
    for (const count of NAMESPACES) {
      // Ours is the first.
      const made = await makeNamespaces(count - 1, MOST_SEC);
      costs.set(count, await costsAt(count, ''));
      made.stop();
    }
    saySlopes('namespaces', costs);
    const bytes = [...costs.values()].map(({ record }) => record.bytesPerMinute ?? NaN);
    const added = bytes.map((figure) => `${((figure / (bytes[0] ?? NaN) - 1) * 100).toFixed(0)} %`);
    say(`record: bytes added to those of one namespace: ${added.slice(1).join(', ')}`);
  }

  if (isAsked('sockets')) {
    sayHeader('ESTABLISHED SOCKETS');
    const costs = new Map<number, Costs>();
    for (const count of SOCKETS) {
      const sockets = await openSockets(count, MOST_SEC);
      costs.set(sockets.count, await costsAt(sockets.count, sockets.enter));
      sockets.stop();
    }
    saySlopes('sockets', costs);
  }

  if (isAsked('rates')) {
    sayHeader('CONNECTIONS A SECOND, opened and closed; the size is what the kernel counted');
    const costs = new Map<number, Costs>();
    for (const rate of RATES) {
      const load = rate === 0 ? null : await startLoad(rate, MOST_SEC);
      const [before, begunMs] = [load?.accepted() ?? 0, performance.now()];
      const measured = PROGRAMS.map((program) =>
        measure(program, { enter: load?.enter ?? '', folder, settleMs: SETTLE_MS, forMs }),
      );
      const all = await Promise.all(measured);
      const accepted = (load?.accepted() ?? 0) - before;
      const paced = Math.round(accepted / ((performance.now() - begunMs) / 1000));
      PROGRAMS.forEach((program, at) => {
        const cost = all[at];
        if (cost !== undefined) sayCost(paced, program, cost);
      });
      costs.set(paced, Object.fromEntries(PROGRAMS.map((program, at) => [program, all[at]])) as Costs);
      load?.stop();
    }
    saySlopes('connections a second', costs);
  }

  if (isAsked('model')) {
    say('\nTHE MODEL AND THE DIAGNOSIS, of a generated host on which every figure changes each second');
    for (const namespaces of [0, 64, 250]) {
      const { medianMs, longestMs } = modelCost(1_000_000, namespaces, 120);
      say(
        `1,000,000 sockets, ${String(namespaces + 2).padStart(4)} busy namespaces: ${medianMs.toFixed(1).padStart(7)} ms a second, longest ${longestMs.toFixed(1)} ms`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
