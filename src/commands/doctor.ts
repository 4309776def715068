import { access, constants } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { safeText } from '../render/index.js';
import { missingRights, obstacleTo } from '../sources/bpftrace/obstacle.js';
import type { Obstacle } from '../sources/bpftrace/obstacle.js';
import { startProbes } from '../sources/bpftrace/probe-source.js';
import type { ProbeCoverage } from '../sources/bpftrace/probe-source.js';
import { wanted } from '../sources/bpftrace/compose.js';
import { findProgram } from '../shell/programs.js';
import { inspectSystem } from '../sources/bpftrace/system.js';
import type { ProbeSystem } from '../sources/bpftrace/system.js';
import { EXIT } from '../exit.js';
import { hostRoots } from './stream/live-host.js';
import { installCommand } from '../shell/install.js';
import { asRoot } from '../shell/invocation.js';
import { VERSION } from '../version.js';

/** One thing that was looked at. */
interface Check {
  readonly name: string;
  readonly verdict: 'works' | 'limited' | 'missing';
  /** What is there, or what is lost without it. */
  readonly says: string;
  /** The one command that mends it; `null` when there is nothing to mend. */
  readonly mend: string | null;
}

const MARKS = { works: 'ok     ', limited: 'limited', missing: 'MISSING' } as const;

/** Says what works here and what does not, and tries the probes for real. Returns the exit code. */
export async function doctor(): Promise<number> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`ctdiag ${VERSION} on ${process.platform}, node ${process.versions.node}\n`);
  if (process.platform !== 'linux') {
    say('MISSING  Linux: only replay and diagnose of captures work here.');
    return EXIT.missing;
  }
  const roots = hostRoots();
  const system = await inspectSystem(roots, wanted());
  const checks = [...probeChecks(system), ...(await counterChecks())];
  for (const check of checks) say(checkLine(check));
  const obstacle = obstacleTo(system);
  if (obstacle !== null) {
    say(`\nProbes cannot run: ${obstacle.what}. ctdiag works from the kernel's counters alone.`);
    say(
      `To mend it: ${checks.find((check) => check.name === MENDED_BY[obstacle.code])?.mend ?? obstacle.remedy}`,
    );
    return EXIT.missing;
  }
  if (process.stderr.isTTY) process.stderr.write('\nattaching the probes, which takes some seconds...\n');
  const coverage = await tryProbes();
  for (const hook of coverage.hooks)
    say(
      hook.state === 'attached'
        ? `ok       probe ${hook.hook} (${hook.variant ?? '?'})`
        : `MISSING  probe ${hook.hook}: ${safeText(hook.reason ?? hook.state)}`,
    );
  const attached = coverage.hooks.filter((hook) => hook.state === 'attached').length;
  say(
    coverage.probes === 'attached'
      ? `\n${attached} of ${coverage.hooks.length} probes attach. \`ctdiag top\` will use them.`
      : `\nThe probes do not attach: ${safeText(coverage.reason ?? 'no reason given', 400)}. ctdiag works from the kernel's counters alone.`,
  );
  return coverage.probes === 'attached' ? EXIT.ok : EXIT.missing;
}

/** No command to be pasted: another kernel is no mend in an incident, and none at all from within a container. */
const KERNEL_MEND = `run it on the host where this is a container or a microVM; else boot this distribution's own kernel (${installCommand('kernel')}) once the host can be spared`;

/** Which check has the command for what keeps the probes from running. */
const MENDED_BY: Readonly<Record<Obstacle['code'], string>> = {
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

function checkLine(check: Check): string {
  const mend = check.mend === null ? '' : `\n           mend: ${check.mend}`;
  return `${MARKS[check.verdict]}  ${check.name}: ${safeText(check.says, 300)}${mend}`;
}

function probeChecks(system: ProbeSystem): Check[] {
  const rights = missingRights(system);
  const check = (
    name: string,
    good: boolean,
    says: string,
    lost: string,
    mend: string | null,
    verdict: 'limited' | 'missing' = 'missing',
  ): Check => (good ? { name, verdict: 'works', says, mend: null } : { name, verdict, says: lost, mend });
  return [
    check(
      'root',
      rights === null,
      system.isRoot ? 'yes' : 'no, but the capabilities that probes need',
      `${rights?.what ?? ''}; there are no probes without, and owners of others’ sockets stay unknown`,
      rights?.code === 'no-capability' ? rights.remedy : asRoot('doctor'),
    ),
    check(
      'bpftrace',
      system.bpftracePath !== null && system.bpftraceVersion !== null,
      `${system.bpftracePath ?? ''} ${system.bpftraceVersion ?? ''}`,
      system.bpftracePath === null ? 'not installed' : 'does not name its version',
      installCommand('bpftrace'),
    ),
    check(
      'tracefs',
      system.tracefs,
      'mounted',
      system.isRoot ? 'not mounted' : 'only root can look into it',
      system.isRoot ? 'mount -t tracefs tracefs /sys/kernel/tracing' : null,
      system.isRoot ? 'missing' : 'limited',
    ),
    check(
      'kprobes',
      system.kprobes,
      'the kernel has them',
      'this kernel has none, as those of many microVMs; in a container or guest the host may have them',
      KERNEL_MEND,
    ),
    check(
      'BTF',
      system.vmlinuxBtf,
      '/sys/kernel/btf/vmlinux',
      'none; the probes cannot read kernel structs',
      KERNEL_MEND,
      'limited',
    ),
    check(
      'nf_conntrack',
      system.functions.has('early_drop') || system.moduleBtf.has('nf_conntrack'),
      'loaded',
      'not loaded, or its symbols are hidden; no conntrack limit can bind while it is not loaded',
      'nothing while no firewall or NAT rule needs it: ctdiag picks it up when it is loaded (modprobe nf_conntrack)',
      'limited',
    ),
    check(
      'lockdown',
      system.lockdown === null,
      'none',
      `the kernel is locked down (${system.lockdown ?? ''})`,
      'boot without lockdown=confidentiality',
      'limited',
    ),
  ];
}

async function counterChecks(): Promise<Check[]> {
  const readable = async (path: string): Promise<boolean> =>
    access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
  const files: readonly (readonly [name: string, path: string, lost: string, mend: string])[] = [
    [
      'conntrack counters',
      '/proc/net/stat/nf_conntrack',
      'not there',
      'modprobe nf_conntrack, when a rule needs it',
    ],
    [
      'conntrack limits',
      '/proc/sys/net/netfilter/nf_conntrack_max',
      'not there',
      'modprobe nf_conntrack, when a rule needs it',
    ],
    ['TCP counters', '/proc/net/netstat', 'not readable', 'mount -t proc proc /proc'],
    ['socket counts', '/proc/net/sockstat', 'not readable', 'mount -t proc proc /proc'],
  ];
  const fromFiles = files.map(async ([name, path, lost, mend]): Promise<Check> =>
    (await readable(path))
      ? { name, verdict: 'works', says: path, mend: null }
      : { name, verdict: 'limited', says: `${path} is ${lost}`, mend },
  );
  const programs: readonly (readonly [name: string, lost: string, mend: string])[] = [
    ['ss', 'not installed; listeners and their queues stay unknown', installCommand('ss')],
    [
      'setpriv',
      'not installed; after kill -9 of ctdiag, bpftrace lives on for a second',
      installCommand('setpriv'),
    ],
    [
      'conntrack',
      'not installed; who fills the tables is seen of this network namespace alone, and whose NAT ports are used up not at all',
      installCommand('conntrack'),
    ],
    [
      'ethtool',
      "not installed; a cloud's allowance of tracked connections stays unknown",
      installCommand('ethtool'),
    ],
  ];
  const fromPrograms = programs.map(([name, lost, mend]): Check => {
    const { file, refused } = findProgram(name, hostRoots());
    return file === null
      ? { name, verdict: 'limited', says: refused ?? lost, mend }
      : { name, verdict: 'works', says: file, mend: null };
  });
  return Promise.all([...fromFiles, ...fromPrograms]);
}

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
