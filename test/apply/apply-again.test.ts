import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { applyPlan } from '../../src/apply/apply.js';
import { planCommands } from '../../src/apply/follow-up.js';
import { describeOverruled } from '../../src/apply/host-check.js';
import { readOwnFiles } from '../../src/apply/host-snapshot.js';
import { modprobeForm, planFor, readSysctls, sysctlForm } from '../../src/plan/index.js';
import type { Plan } from '../../src/plan/index.js';
import { planText } from '../../src/render/index.js';
import { openHostChanger } from '../../src/apply/host-changer.js';
import type { HostChanger } from '../../src/apply/host-changer.js';
import { readHost } from '../../src/sources/host/read-host.js';
import { recordedHost } from '../plan/host-tree.js';
import type { HostTree } from '../plan/host-tree.js';
import { ctdiag } from '../commands/cli.js';

const trees: HostTree[] = [];
afterEach(() => trees.splice(0).forEach((tree) => tree.remove()));

/** A host whose boot is systemd's, with RAM for millions. */
function hostOf(files: Readonly<Record<string, string>> = {}): HostTree {
  const tree = recordedHost({
    '/lib/systemd/systemd-sysctl': '',
    '/run/systemd/system/x': '',
    '/proc/meminfo': 'MemTotal:       65536000 kB\n',
    ...files,
  });
  trees.push(tree);
  return tree;
}

const unit = 'emqx.service';
async function planOf({ root }: HostTree, connections: number): Promise<Plan> {
  const host = await readHost({ root }, readSysctls(), []);
  const target = { connections, ratePerSec: 3334, rateAssumed: true, profile: 'generic', ports: [] } as const;
  const files = readOwnFiles(root, host, { profile: 'generic', unit });
  return planFor(target, host, host.memoryBytes ?? 0, host.cpus ?? 1, files);
}

/** Applies a plan; returns the exit code and what was said. */
async function apply(tree: HostTree, connections: number, host?: HostChanger): Promise<[number, string]> {
  const said: string[] = [];
  const { root } = tree;
  const say = (line: string): void => void said.push(line);
  const options = { root, unit, yes: true, ask: null, say, commands: planCommands(root, null) };
  const code = await applyPlan(await planOf(tree, connections), {
    ...options,
    ...(host === undefined ? {} : { host }),
  });
  return [code, said.join('\n')];
}

const own = '/etc/sysctl.d/90-ctdiag.conf';
const linesOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^-?([\w.]+) = (.+)$/gm)].map(([, name = '', value = '']) => [name, value]));

describe('a second plan', () => {
  it.each([
    [500_000, 1_000_000],
    [1_000_000, 2_000_000],
    [2_000_000, 1_000_000],
    [1_000_000, 1_000_000],
  ])('for %s after one for %s loses nothing of what keeps the first', async (second, first) => {
    const tree = hostOf();
    expect((await apply(tree, first))[0]).toBe(0);
    const before = linesOf(tree.read(own));
    // No buffers among them: a plan lowers nothing that the kernel bounds itself.
    expect([...before.keys()]).toEqual(
      expect.arrayContaining(['fs.nr_open', 'net.netfilter.nf_conntrack_max']),
    );
    expect(before.size).toBeGreaterThan(6);
    expect((await apply(tree, second))[0]).toBe(0);
    const after = linesOf(tree.read(own));
    expect([...after.keys()]).toEqual(expect.arrayContaining([...before.keys()]));
    // As it runs: no less than is needed, and never lowered.
    for (const [name, value] of after)
      expect(`${name} = ${value}`).toBe(`${name} = ${runningOf(tree, name)}`);
  });

  it('is what --check finds, and --format sysctl prints', async () => {
    const tree = hostOf();
    await apply(tree, 1_000_000);
    await apply(tree, 500_000);
    const ask = (...args: readonly string[]): ReturnType<typeof ctdiag> =>
      ctdiag(['plan', '--root', tree.root, ...args]);
    tree.write('/plan.json', (await ask('--connections', '500000', '--format', 'json')).stdout);
    expect((await ask('--check', `${tree.root}/plan.json`)).stdout).toMatch(/^OK/);
    const printed = await ask('--connections', '500000', '--format', 'sysctl');
    expect(linesOf(printed.stdout)).toEqual(linesOf(tree.read(own)));
  });

  it('keeps as much when the shell has emptied the file that the form is written to', async () => {
    const tree = hostOf();
    await apply(tree, 1_000_000);
    tree.write(own, '');
    const lines = linesOf(sysctlForm(await planOf(tree, 600_000)));
    for (const name of ['net.netfilter.nf_conntrack_buckets', 'net.netfilter.nf_conntrack_max'])
      expect(`${name} = ${lines.get(name) ?? ''}`).toBe(`${name} = ${runningOf(tree, name)}`);
  });

  it('lowers no limit of open files that the first gave the server', async () => {
    const tree = hostOf();
    const limit = (): string | undefined =>
      /LimitNOFILE=(\d+)/.exec(tree.read('/etc/systemd/system/emqx.service.d/90-ctdiag.conf'))?.[1];
    await apply(tree, 1_000_000);
    const first = limit();
    await apply(tree, 500_000);
    expect(Number(first)).toBeGreaterThan(1_000_000);
    expect(limit()).toBe(first);
  });

  it('gives the module no fewer buckets than there are', async () => {
    const tree = hostOf();
    await apply(tree, 1_000_000);
    const buckets = runningOf(tree, 'net.netfilter.nf_conntrack_buckets');
    expect(modprobeForm(await planOf(tree, 500_000))).toContain(`options nf_conntrack hashsize=${buckets}\n`);
  });
});

it('says nothing of a unit that is missing when the drop-in is as it was', async () => {
  const tree = hostOf();
  await apply(tree, 1_000_000);
  rmSync(`${tree.root}${own}`);
  const [, said] = await apply(tree, 1_000_000);
  expect(said).not.toContain('LimitNOFILE is not set');
});

describe('conntrack that is built into the kernel', () => {
  it('is told of where hashsize is proposed, as no option of a module sets it', async () => {
    const tree = hostOf();
    rmSync(`${tree.root}/sys/module`, { recursive: true });
    expect(planText(await planOf(tree, 1_000_000)).replace(/\s+/g, ' ')).toMatch(
      /built into this kernel: set it on the kernel command line, nf_conntrack\.hashsize=\d+/,
    );
    const loaded = hostOf({ '/sys/module/nf_conntrack/initstate': 'live\n' });
    rmSync(`${loaded.root}/sys/module/nf_conntrack/holders`, { recursive: true });
    expect(planText(await planOf(loaded, 1_000_000))).not.toContain('built into');
  });

  it('has its settings kept where no file says for certain that it is', async () => {
    const tree = hostOf();
    rmSync(`${tree.root}/sys/module`, { recursive: true });
    expect((await apply(tree, 1_000_000))[0]).toBe(0);
    expect(tree.read('/etc/udev/rules.d/90-ctdiag-conntrack.rules')).toContain('nf_conntrack');
  });
});

describe('what our file need not hold, and what it must', () => {
  it('leaves what another file keeps to that file', async () => {
    const tree = hostOf({
      '/etc/sysctl.d/50-own.conf': 'net.core.somaxconn = 65535\n',
      '/proc/sys/net/core/somaxconn': '65535\n',
    });
    expect(linesOf(sysctlForm(await planOf(tree, 1_000_000))).has('net.core.somaxconn')).toBe(false);
  });

  it('keeps what somebody set by hand, and the plan relies on', async () => {
    const tree = hostOf({ '/proc/sys/net/netfilter/nf_conntrack_max': '4000000\n' });
    const lines = linesOf(sysctlForm(await planOf(tree, 1_000_000)));
    expect(lines.get('net.netfilter.nf_conntrack_max')).toBe('4000000');
  });
});

describe('a plan that will not be kept', () => {
  const winner = { '/etc/sysctl.d/99-zz.conf': '# ours\nnet.netfilter.nf_conntrack_max=65536\n' };
  const named = '/etc/sysctl.d/99-zz.conf:2 sets net.netfilter.nf_conntrack_max to 65536';

  it('is not begun when a later file wins: the line is named', async () => {
    const tree = hostOf(winner);
    const before = tree.everything();
    const args = ['plan', '--root', tree.root, '--connections', '1M', '--apply', '--yes'];
    const { exitCode, stdout, stderr } = await ctdiag(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`${tree.root}${named}`);
    expect(stderr).toMatch(/Nothing was changed\. To fix: remove that line, then apply again\./);
    expect(tree.everything()).toEqual(before);
  });

  it.each([
    [
      'a later file sets enough',
      { '/etc/sysctl.d/99-zz.conf': 'net.netfilter.nf_conntrack_max=9000000\n' },
      0,
    ],
    ['an earlier file sets too little', { '/etc/sysctl.d/10-aa.conf': 'fs.nr_open=1024\n' }, 0],
    ['a file of the same name is hidden', { '/usr/lib/sysctl.d/90-ctdiag.conf': 'fs.nr_open=1024\n' }, 0],
    ['a later file sets too little', winner, 1],
    ['its name is last', { '/etc/sysctl.d/zz.conf': 'fs.nr_open=1024\n' }, 1],
  ])('where %s', async (_where, files, lines) => {
    const tree = hostOf(files);
    expect(describeOverruled(await planOf(tree, 1_000_000), tree.root)).toHaveLength(lines);
  });

  it('says at the end what does not hold, and exits with 1', async () => {
    const tree = hostOf();
    const real = openHostChanger(tree.root);
    // As if the rule that keeps conntrack's settings were taken away at once.
    const host: HostChanger = {
      ...real,
      writeFile: (path, content) => (path.includes('/udev/') ? [] : real.writeFile(path, content)),
    };
    const [code, said] = await apply(tree, 1_000_000, host);
    expect(code).toBe(1);
    expect(said).toMatch(/these settings are not in effect now or after a reboot/);
    expect(said).toMatch(/NOT KEPT +net\.netfilter\.nf_conntrack_max/);
    expect(said).not.toMatch(/^Done\./m);
  });
});

function runningOf(tree: HostTree, name: string): string {
  return tree
    .read(`/proc/sys/${name.replaceAll('.', '/')}`)
    .trim()
    .replace(/\s+/g, ' ');
}
