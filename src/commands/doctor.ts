import { setTimeout as wait } from 'node:timers/promises';
import { safeText } from '../render/index.js';
import { wrapTo } from '../render/wrap.js';
import type { Wrap } from '../render/wrap.js';
import { obstacleTo } from '../sources/bpftrace/obstacle.js';
import type { Obstacle } from '../sources/bpftrace/obstacle.js';
import { startProbes } from '../sources/bpftrace/probe-source.js';
import type { ProbeCoverage } from '../sources/bpftrace/probe-source.js';
import { lookupsOfVariants } from '../sources/bpftrace/compose.js';
import { inspectSystem } from '../sources/bpftrace/system.js';
import { prove } from '../prove/prove.js';
import { EXIT } from '../exit.js';
import { counterChecks, probeChecks } from './doctor-checks.js';
import { checkLines, fixLines } from './doctor-text.js';
import { proofLines, proofSummary } from './proof-words.js';
import { hostRoots } from './stream/live-host.js';
import { terminalWidth } from './terminal-width.js';
import { VERSION } from '../version.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * Prints what works on this host and what does not, and attaches the probes to see; `proving` also compares what they
 * count with the kernel's counters. Returns the exit code.
 */
export async function doctor(proving: boolean): Promise<number> {
  say(`ctdiag ${VERSION} on ${process.platform}, node ${process.versions.node}\n`);
  if (process.platform !== 'linux') {
    say('MISSING  Linux: here ctdiag can only replay and diagnose captures.');
    return EXIT.missing;
  }
  const roots = hostRoots();
  const system = await inspectSystem(roots, lookupsOfVariants());
  const checks = [...probeChecks(system), ...(await counterChecks())];
  const wrap = wrapTo(terminalWidth(process.stdout));
  for (const check of checks) say(checkLines(check, wrap).join('\n'));
  const obstacle = obstacleTo(system);
  if (obstacle !== null) {
    say(
      `\n${wrap(`Probes cannot run: ${obstacle.what}. ctdiag works from the kernel's counters alone.`).join('\n')}`,
    );
    const fix = checks.find((check) => check.name === FIXED_BY[obstacle.code])?.fix ?? obstacle.remedy;
    say(fixLines(fix, wrap, '', 'To fix: ').join('\n'));
    return EXIT.missing;
  }
  if (process.stderr.isTTY) process.stderr.write('\nattaching the probes; this takes a few seconds...\n');
  if (proving) return proveProbes(wrap);
  const coverage = await tryProbes();
  for (const hook of coverage.hooks)
    say(
      hook.state === 'attached'
        ? `ok       probe ${hook.hook} (${hook.variant ?? '?'})`
        : wrap(`probe ${hook.hook}: ${safeText(hook.reason ?? hook.state)}`, '', 'MISSING  ').join('\n'),
    );
  const attached = coverage.hooks.filter((hook) => hook.state === 'attached').length;
  say(
    coverage.probes === 'attached'
      ? `\n${attached} of ${coverage.hooks.length} probes attach. \`ctdiag top\` will use them.`
      : `\n${wrap(`The probes do not attach: ${safeText(coverage.reason ?? 'no reason given', 400)}. ctdiag works from the kernel's counters alone.`).join('\n')}`,
  );
  return coverage.probes === 'attached' ? EXIT.ok : EXIT.missing;
}

/** Makes small stalls in a network namespace of their own, and says which probes count them right. */
async function proveProbes(wrap: Wrap): Promise<number> {
  const { coverage, hooks, refused } = await prove(hostRoots());
  if (refused !== null) {
    say(`\n${wrap(`Nothing could be proven: ${safeText(refused, 400)}.`).join('\n')}`);
    return EXIT.missing;
  }
  say('');
  for (const hook of hooks) say(proofLines(hook, wrap).join('\n'));
  say(`\n${wrap(proofSummary(hooks, coverage.bpftraceVersion)).join('\n')}`);
  const log =
    "The kernel's log has lines of a possible SYN flood on ports 7002 and 7003: they are of this proof.";
  say(wrap(log).join('\n'));
  return hooks.some(({ verdict }) => verdict === 'off') ? EXIT.warning : EXIT.ok;
}

/** Which check has the command for what keeps the probes from running. */
const FIXED_BY: Readonly<Record<Obstacle['code'], string>> = {
  'not-root': 'root',
  'no-capability': 'root',
  'no-bpftrace': 'bpftrace',
  'unsafe-program': '',
  'bpftrace-too-old': '',
  'bpftrace-silent': '',
  'bpftrace-slow': '',
  'locked-down': '',
  'no-tracefs': 'tracefs',
  'no-hooks': 'kprobes',
};

/** Attaches the probes for a moment. */
async function tryProbes(): Promise<ProbeCoverage> {
  const startedMs = performance.now();
  const probes = startProbes({
    roots: hostRoots(),
    netns: null,
    clock: () => performance.now() - startedMs,
    emit: () => undefined,
  });
  process.once('exit', () => probes.kill());
  while (probes.coverage.probes === 'starting') await wait(100);
  const { coverage } = probes;
  await probes.stop();
  return coverage;
}
