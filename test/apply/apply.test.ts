import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.js';
import { rollbackPlan } from '../../src/apply/rollback.js';
import type { ApplyOptions } from '../../src/apply/consent.js';
import { planCommands } from '../../src/apply/follow-up.js';
import { UserError } from '../../src/exit.js';
import { readSysctls, planFor, runtimeChanges } from '../../src/plan/index.js';
import type { Plan } from '../../src/plan/index.js';
import { openHostChanger } from '../../src/apply/host-changer.js';
import type { HostChanger } from '../../src/apply/host-changer.js';
import { readHost } from '../../src/sources/host/read-host.js';
import { recordedHost } from '../plan/host-tree.js';
import type { HostTree } from '../plan/host-tree.js';
import { ctdiag } from '../commands/cli.js';

const trees: HostTree[] = [];
afterEach(() => trees.splice(0).forEach((tree) => tree.remove()));

function hostOf(files: Readonly<Record<string, string>> = {}): HostTree {
  const tree = recordedHost(files);
  trees.push(tree);
  return tree;
}

async function planOf({ root }: HostTree, connections = 100_000): Promise<Plan> {
  const host = await readHost({ root }, readSysctls(), []);
  const target = { connections, ratePerSec: 334, rateAssumed: true, profile: 'mqtt', ports: [] } as const;
  return planFor(target, host, host.memoryBytes ?? 0, host.cpus ?? 1);
}

const quiet = ({ root }: HostTree, more: Partial<ApplyOptions> = {}): ApplyOptions & { force: boolean } => ({
  root,
  unit: null,
  yes: true,
  ask: null,
  say: () => undefined,
  force: false,
  commands: planCommands(root, null),
  ...more,
});

const max = '/proc/sys/net/netfilter/nf_conntrack_max';

/** The host, with what is done to it noted, and a fault at one of the steps. */
function faulty(root: string, steps: string[], failsAt: number | null): HostChanger {
  const real = openHostChanger(root);
  const step = (what: string): void => {
    steps.push(what);
    if (steps.length === failsAt) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  };
  return {
    ...real,
    setSysctl(name, value) {
      step(name);
      real.setSysctl(name, value);
    },
    writeFile(path, content) {
      step(path);
      return real.writeFile(path, content);
    },
  };
}

describe('plan --apply', () => {
  it('sets every value, writes the forms, and a plan made anew changes nothing', async () => {
    const tree = hostOf();
    const plan = await planOf(tree);
    expect(tree.read(max).trim()).toBe('65536');
    expect(await applyPlan(plan, quiet(tree, { unit: 'mosquitto.service' }))).toBe(0);
    for (const { name, to } of runtimeChanges(plan))
      expect(tree.read(`/proc/sys/${name.replaceAll('.', '/')}`).trim()).toBe(to);
    expect(tree.read('/etc/sysctl.d/90-ctdiag.conf')).toContain('net.netfilter.nf_conntrack_max = ');
    expect(tree.read('/etc/udev/rules.d/90-ctdiag-conntrack.rules')).toContain('KERNEL=="nf_conntrack"');
    expect(tree.read('/etc/systemd/system/mosquitto.service.d/90-ctdiag.conf')).toContain('LimitNOFILE=');
    const said: string[] = [];
    const after = await planOf(tree);
    await applyPlan(after, quiet(tree, { unit: 'mosquitto.service', say: (line) => said.push(line) }));
    expect(said).toEqual([expect.stringMatching(/^Nothing to change/)]);
  });

  it('touches nothing but what it planned', async () => {
    const tree = hostOf({ '/etc/sysctl.d/99-own.conf': 'vm.swappiness = 1\n' });
    const before = tree.everything();
    const plan = await planOf(tree);
    await applyPlan(plan, quiet(tree));
    const changedSysctls = new Set(
      runtimeChanges(plan).map(({ name }) => `proc/sys/${name.replaceAll('.', '/')}`),
    );
    for (const [path, content] of Object.entries(tree.everything()))
      if (!changedSysctls.has(path) && !/^(etc|var)(\/|$)/.test(path)) expect(content).toBe(before[path]);
    expect(tree.read('/etc/sysctl.d/99-own.conf')).toBe('vm.swappiness = 1\n');
  });

  it('goes in an order that never makes things worse: buckets before the maximum', async () => {
    const tree = hostOf();
    const steps: string[] = [];
    await applyPlan(await planOf(tree), quiet(tree, { host: faulty(tree.root, steps, null) }));
    expect(steps[0]).toBe('/var/lib/ctdiag/before-plan.json');
    expect(steps.slice(1, 3)).toEqual([
      'net.netfilter.nf_conntrack_buckets',
      'net.netfilter.nf_conntrack_max',
    ]);
  });

  it('leaves everything as it was when any of its steps fails', async () => {
    const steps: string[] = [];
    const dry = hostOf();
    await applyPlan(await planOf(dry), quiet(dry, { host: faulty(dry.root, steps, null) }));
    expect(steps.length).toBeGreaterThan(6);
    for (let failsAt = 1; failsAt <= steps.length; failsAt += 1) {
      const tree = hostOf({ '/etc/sysctl.d/90-ctdiag.conf': '# what was there\n' });
      const before = tree.everything();
      const apply = applyPlan(await planOf(tree), quiet(tree, { host: faulty(tree.root, [], failsAt) }));
      await expect(apply).rejects.toThrow(/failed: the disk is full; everything was restored/);
      expect(withoutState(tree)).toEqual(before);
    }
  });

  it('notices a value that the kernel did not take, and goes back', async () => {
    const tree = hostOf();
    const before = tree.everything();
    const real = openHostChanger(tree.root);
    const host: HostChanger = {
      ...real,
      setSysctl: (name, value) =>
        real.setSysctl(
          name,
          name === 'net.netfilter.nf_conntrack_max' && value !== '65536' ? '70000' : value,
        ),
    };
    await expect(applyPlan(await planOf(tree), quiet(tree, { host }))).rejects.toThrow(
      /set 70000 instead of/,
    );
    expect(withoutState(tree)).toEqual(before);
  });

  it('says that /proc/sys is read-only, before it has changed anything', async () => {
    const tree = hostOf();
    const before = tree.everything();
    const host: HostChanger = {
      ...openHostChanger(tree.root),
      tryToOpen: () => {
        throw Object.assign(new Error('ro'), { code: 'EROFS' });
      },
    };
    const apply = applyPlan(await planOf(tree), quiet(tree, { host }));
    await expect(apply).rejects.toThrow(/\/proc\/sys is read-only here.*Nothing was changed/);
    expect(tree.everything()).toEqual(before);
  });

  it('says that the settings of the node are not in a namespace of its own', async () => {
    const tree = hostOf();
    const plan = await planOf(tree);
    rmSync(`${tree.root}/proc/sys/net/netfilter/nf_conntrack_max`);
    const before = tree.everything();
    await expect(applyPlan(plan, quiet(tree))).rejects.toThrow(
      /does not exist here.*Apply the plan on the node/,
    );
    expect(tree.everything()).toEqual(before);
  });

  it('asks, and does nothing when the answer is no, or when there is nobody to ask', async () => {
    const tree = hostOf();
    const before = tree.everything();
    const plan = await planOf(tree);
    await expect(applyPlan(plan, quiet(tree, { yes: false }))).rejects.toThrow(/--yes/);
    const asked: string[] = [];
    const ask = (question: string): Promise<boolean> => {
      asked.push(question);
      return Promise.resolve(false);
    };
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    expect(await applyPlan(plan, quiet(tree, { yes: false, ask, say }))).toBe(0);
    expect(said.at(-1)).toBe('Nothing was changed.');
    expect(asked).toEqual([expect.stringMatching(/^Change \d+ settings and write 2 files\?$/)]);
    expect(tree.everything()).toEqual(before);
  });

  it('refuses to write over what is not a regular file', async () => {
    const tree = hostOf({ '/etc/sysctl.d/90-ctdiag.conf/x': 'a folder of that name\n' });
    await expect(applyPlan(await planOf(tree), quiet(tree))).rejects.toThrow(
      `${tree.root}/etc/sysctl.d/90-ctdiag.conf is not a regular file. Nothing was changed.`,
    );
    expect(tree.read(max).trim()).toBe('65536');
  });

  const refusals: readonly (readonly [code: string, says: RegExp])[] = [
    [
      'EACCES',
      /before-plan\.json cannot be opened: permission denied \(sudo .*--root .*\)\. Nothing was changed/,
    ],
    ['EROFS', /is on a read-only file system/],
    ['ENOSPC', /the disk is full/],
    ['EIO', /disk error \(EIO\)/],
  ];
  it.each(refusals)(
    'says in a sentence that the state is refused with %s, to apply and to restore',
    async (code, says) => {
      const tree = hostOf();
      const host: HostChanger = {
        ...openHostChanger(tree.root),
        file: (path) => {
          throw Object.assign(new Error(code), { code, path: `${tree.root}${path}` });
        },
      };
      for (const attempt of [
        applyPlan(await planOf(tree), quiet(tree, { host })),
        rollbackPlan({ ...quiet(tree), host }),
      ]) {
        const error: unknown = await attempt.catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(UserError);
        expect(error).toMatchObject({ exitCode: 74, message: expect.stringMatching(says) as string });
      }
    },
  );

  it('says that a part of the path of the state is no folder', async () => {
    const tree = hostOf({ '/var/lib/ctdiag': 'a file\n' });
    await expect(rollbackPlan(quiet(tree))).rejects.toThrow(/not a directory\. Nothing was changed/);
  });

  it('refuses a limit below what is in use', async () => {
    const tree = hostOf();
    const plan = await planOf(tree);
    const busy = { ...plan.host.sysctls, 'net.netfilter.nf_conntrack_count': '60000000' };
    const apply = applyPlan({ ...plan, host: { ...plan.host, sysctls: busy } }, quiet(tree));
    await expect(apply).rejects.toThrow(/below the 60,000,000 in use/);
    expect(tree.read(max).trim()).toBe('65536');
  });
});

describe('plan --rollback', () => {
  it('restores exactly what was there, files and their modes included', async () => {
    const tree = hostOf({ '/etc/sysctl.d/90-ctdiag.conf': 'net.core.somaxconn = 512\n' });
    const before = tree.everything();
    await applyPlan(await planOf(tree), quiet(tree, { unit: 'emqx.service' }));
    expect(tree.everything()).not.toEqual(before);
    await rollbackPlan(quiet(tree));
    expect(withoutState(tree)).toEqual(before);
  });

  it('restores what was before the first of two plans', async () => {
    const tree = hostOf();
    const before = tree.everything();
    await applyPlan(await planOf(tree, 80_000), quiet(tree));
    await applyPlan(await planOf(tree, 120_000), quiet(tree));
    await rollbackPlan(quiet(tree));
    expect(withoutState(tree)).toEqual(before);
  });

  it('refuses a maximum below what is in use, unless it is forced', async () => {
    const tree = hostOf();
    await applyPlan(await planOf(tree), quiet(tree));
    tree.write('/proc/sys/net/netfilter/nf_conntrack_count', '70000\n');
    await expect(rollbackPlan(quiet(tree))).rejects.toThrow(/below the 70,000 in use.*--force/);
    await rollbackPlan({ ...quiet(tree), force: true });
    expect(tree.read(max).trim()).toBe('65536');
  });

  it('says when there is nothing to restore', async () => {
    await expect(rollbackPlan(quiet(hostOf()))).rejects.toThrow(/No plan was applied/);
  });

  const hostile: readonly (readonly [what: string, state: string])[] = [
    ['no JSON', '{'],
    ['another file', state({ files: [{ path: '/etc/passwd', before: null }] })],
    [
      'a path that climbs',
      state({ files: [{ path: '/etc/systemd/system/../../x.service.d/90-ctdiag.conf', before: null }] }),
    ],
    ['another setting', state({ sysctls: [{ name: 'kernel.core_pattern', from: '|/bin/sh', to: '1' }] })],
    ['a value that is none', state({ sysctls: [{ name: 'fs.nr_open', from: '1; reboot', to: '1' }] })],
    ['a folder elsewhere', state({ folders: ['/etc/../home'] })],
    ['a prototype', '{"schema":1,"__proto__":{"sysctls":[]}}'],
  ];
  it.each(hostile)('a state file with %s changes nothing', async (_what, text) => {
    const tree = hostOf({ '/var/lib/ctdiag/before-plan.json': text });
    const before = tree.everything();
    const error: unknown = await rollbackPlan(quiet(tree)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ exitCode: 65 });
    expect(tree.everything()).toEqual(before);
  });
});

describe('on the command line', () => {
  it('applies, checks and restores a host below --root', async () => {
    const tree = hostOf();
    const before = tree.everything();
    const root = ['--root', tree.root];
    const applied = await ctdiag(['plan', '--connections', '100k', '--apply', '--yes', ...root]);
    expect(applied).toMatchObject({ exitCode: 0, stderr: '' });
    expect(applied.stdout).toMatch(/net\.netfilter\.nf_conntrack_max {2}65536 -> 180224/);
    expect(applied.stdout).toContain(`  writes ${tree.root}/etc/sysctl.d/90-ctdiag.conf\n`);
    expect(applied.stdout).toMatch(/nf_conntrack\.hashsize was not written/);
    // What it advises can be pasted, for the same host.
    expect(applied.stdout).toContain(` plan --rollback --root ${tree.root} restores the previous values`);
    expect(applied.stdout).toContain(`(${tree.root}/var/lib/ctdiag/before-plan.json)`);
    expect(await ctdiag(['plan', '--rollback', '--yes', ...root])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(withoutState(tree)).toEqual(before);
  });
});

/** The folder of the state is kept: it is ctdiag's own. */
function withoutState(tree: HostTree): Record<string, string> {
  const rest = Object.entries(tree.everything()).filter(
    ([path]) => !['var', 'var/lib', 'var/lib/ctdiag'].includes(path),
  );
  return Object.fromEntries(rest);
}

function state(parts: object): string {
  return JSON.stringify({ schema: 1, sysctls: [], files: [], folders: [], ...parts });
}

test('what is to be pasted is the whole of what was asked for, as a shell takes it', () => {
  const options = {
    connections: 1_000_000,
    ratePerSec: 5000,
    memoryBytes: 8 * 1024 ** 3,
    cpus: null,
    kernel: null,
    stock: false,
    root: "/mnt/a host's",
    profile: 'emqx',
    ports: [1883, 8883],
    unit: 'emqx.service',
    tlsShare: 0.3,
    emqxVersion: '5.8',
    format: 'text',
  } as const;
  const { apply, rollback } = planCommands(options.root, options);
  expect(apply).toMatch(/^sudo /);
  expect(apply).toContain(
    ` plan --connections 1000000 --rate 5000/s --memory 8388608K --for emqx --listen 1883,8883 --tls 30% --emqx 5.8 --unit emqx.service --root '/mnt/a host'\\''s' --apply`,
  );
  expect(rollback).toMatch(/ plan --rollback --root '\/mnt\/a host'\\''s'$/);
});

describe('the unit of the server', () => {
  const apply = (tree: HostTree, ...args: string[]): ReturnType<typeof ctdiag> =>
    ctdiag(['plan', '--connections', '100k', '--root', tree.root, '--apply', '--yes', ...args]);
  const dropIns = (tree: HostTree): string[] =>
    Object.keys(tree.everything()).filter((path) => path.endsWith('.service.d/90-ctdiag.conf'));

  it.each([
    ['mqtt.service', '/usr/lib/systemd/system/mqtt.service'],
    ['mqtt@1.service', '/lib/systemd/system/mqtt@.service'],
    ['mqtt.service', '/run/systemd/generator.late/mqtt.service'],
  ])('%s gets a drop-in where the host has %s', async (unit, path) => {
    const tree = hostOf({ [path]: '[Service]\n' });
    const { stdout, stderr } = await apply(tree, '--unit', unit);
    expect(stderr).toBe('');
    expect(stdout).toContain('LimitNOFILE takes effect at the next start');
    expect(dropIns(tree)).toEqual([`etc/systemd/system/${unit}.d/90-ctdiag.conf`]);
  });

  it('is refused where the host has none of that name, and nothing is changed', async () => {
    const tree = hostOf({ '/usr/lib/systemd/system/mqtt.service': '[Service]\n' });
    const before = tree.everything();
    const { exitCode, stderr } = await apply(tree, '--unit', 'mqqt.service');
    expect(exitCode).toBe(69);
    expect(stderr).toContain('There is no unit mqqt.service on this host.');
    expect(tree.everything()).toEqual(before);
  });

  it('of a server that runs in a container gets no drop-in, as there is none', async () => {
    const tree = hostOf({ '/proc/meminfo': 'MemTotal:       16000000 kB\n' });
    expect((await apply(tree, '--for', 'emqx')).stdout).toContain('LimitNOFILE was not set');
    expect(dropIns(tree)).toEqual([]);
    tree.write('/usr/lib/systemd/system/emqx.service', '[Service]\n');
    await apply(tree, '--for', 'emqx');
    expect(dropIns(tree)).toEqual(['etc/systemd/system/emqx.service.d/90-ctdiag.conf']);
  });
});
