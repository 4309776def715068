import { afterEach, describe, expect, it, test } from 'vitest';
import { BadPlan, readPlan, satisfies } from '../../../src/plan/index.js';
import { checkText } from '../../../src/render/index.js';
import { planJson } from '../../../src/render/plan/plan-json.js';
import { planned } from '../planning.js';
import { ctdiag } from '../../commands/cli.js';
import { recordedHost } from '../host-tree.js';
import type { HostTree } from '../host-tree.js';

const trees: HostTree[] = [];
afterEach(() => trees.splice(0).forEach((tree) => tree.remove()));
function hostOf(files: Readonly<Record<string, string>> = {}): HostTree {
  const tree = recordedHost({ '/lib/systemd/systemd-sysctl': '', '/run/systemd/system/x': '', ...files });
  trees.push(tree);
  return tree;
}

const max = '/proc/sys/net/netfilter/nf_conntrack_max';
const udev = {
  '/etc/udev/rules.d/90-ctdiag-conntrack.rules':
    'ACTION=="add", SUBSYSTEM=="module", KERNEL=="nf_conntrack", RUN+="/lib/systemd/systemd-sysctl --prefix=/net/netfilter"\n',
};
const own = (text: string): Record<string, string> => ({ '/etc/sysctl.d/90-ctdiag.conf': text });

interface PrintedCheck {
  readonly status: string;
  readonly settings: readonly { readonly name: string; readonly verdict: string; readonly because: string }[];
}

async function check(
  tree: HostTree,
  ...args: readonly string[]
): Promise<{ exitCode?: number; wrong: object }> {
  const all = ['plan', '--root', tree.root, '--format', 'json', ...args];
  const { exitCode, stdout, stderr } = await ctdiag(all);
  expect(stderr).toBe('');
  const { settings } = JSON.parse(stdout) as PrintedCheck;
  const wrong = settings
    .filter((setting) => setting.verdict !== 'holds')
    .map((setting) => [setting.name, setting.verdict, setting.because]);
  return { ...(exitCode === undefined ? {} : { exitCode }), wrong };
}

const name = 'net.netfilter.nf_conntrack_max';

describe('a host and its own files', () => {
  it('agree when nothing is set', async () => {
    expect(await check(hostOf(), '--live')).toEqual({ exitCode: 0, wrong: [] });
  });

  it('differ when the value was lost at the load of the module', async () => {
    const tree = hostOf(own(`${name} = 180224\n`));
    expect(await check(tree, '--live')).toEqual({
      exitCode: 1,
      wrong: [[name, 'drifted', 'lost-at-module-load']],
    });
  });

  it('agree when the rule has it read again', async () => {
    const tree = hostOf({ ...own(`${name} = 180224\n`), ...udev, [max]: '180224\n' });
    expect(await check(tree, '--live')).toEqual({ exitCode: 0, wrong: [] });
  });

  it('differ when a value was set at run time alone', async () => {
    const tree = hostOf({ '/proc/sys/net/core/somaxconn': '65535\n' });
    expect(await check(tree, '--live')).toEqual({
      exitCode: 1,
      wrong: [['net.core.somaxconn', 'not-kept', 'run-time-only']],
    });
  });
});

describe('a host and a plan', () => {
  const plan = (tree: HostTree): string => {
    tree.write('/plan.conf', `${name} = 180224\nnet.core.somaxconn = 4096\n`);
    return `${tree.root}/plan.conf`;
  };

  it('exits with 2 when the plan is not applied', async () => {
    const tree = hostOf();
    expect(await check(tree, '--check', plan(tree))).toEqual({
      exitCode: 2,
      wrong: [[name, 'not-applied', 'default']],
    });
  });

  it('exits with 1 when it holds now and not after a boot', async () => {
    const tree = hostOf({ [max]: '180224\n' });
    const { exitCode, wrong } = await check(tree, '--check', plan(tree));
    expect({ exitCode, wrong }).toEqual({ exitCode: 1, wrong: [[name, 'not-kept', expect.any(String)]] });
  });

  it('exits with 1 when a later file wins', async () => {
    const tree = hostOf({
      ...own(`${name} = 180224\n`),
      ...udev,
      '/etc/sysctl.d/99-vendor.conf': `${name} = 65536\n`,
      [max]: '180224\n',
    });
    expect(await check(tree, '--check', plan(tree))).toEqual({
      exitCode: 1,
      wrong: [[name, 'not-kept', 'drift']],
    });
    const { stdout } = await ctdiag(['plan', '--root', tree.root, '--check', plan(tree)]);
    expect(stdout).toContain('/etc/sysctl.d/99-vendor.conf:1 sets 65536');
    expect(stdout).toMatch(/90-ctdiag\.conf:1 says 180224, but a later file or line\s+overrides it/);
  });

  it('exits with 0 when it was applied by plan --apply', async () => {
    const tree = hostOf();
    const asked = ['plan', '--connections', '100k', '--root', tree.root];
    const { stdout } = await ctdiag([...asked, '--format', 'json']);
    tree.write('/plan.json', stdout);
    expect((await ctdiag([...asked, '--apply', '--yes'])).exitCode).toBe(0);
    expect(await check(tree, '--check', `${tree.root}/plan.json`)).toEqual({ exitCode: 0, wrong: [] });
  });

  it('checks against the plan for --connections without a file of it', async () => {
    const tree = hostOf();
    expect((await check(tree, '--check', '--connections', '100k')).exitCode).toBe(2);
    const applied = await ctdiag(['plan', '--connections', '100k', '--root', tree.root, '--apply', '--yes']);
    expect(applied.exitCode).toBe(0);
    expect(await check(tree, '--check', '--connections', '100k')).toEqual({ exitCode: 0, wrong: [] });
    expect((await check(tree, '--check', '--connections', '150k')).exitCode).toBe(2);
  });

  it('exits with 3 when nothing can be read', async () => {
    const tree = hostOf();
    tree.write('/plan.conf', 'net.ipv4.neigh.default.gc_thresh3 = 4096\n');
    const { rmSync } = await import('node:fs');
    rmSync(`${tree.root}/proc/sys/net/ipv4/neigh/default/gc_thresh3`);
    expect((await check(tree, '--check', `${tree.root}/plan.conf`)).exitCode).toBe(3);
  });
});

describe('a plan out of a file is trusted with nothing', () => {
  const rows: readonly (readonly [text: string, says: RegExp])[] = [
    ['', /sets none of the settings of a plan/],
    ['{', /is not JSON/],
    ['{"schema":2,"settings":[]}', /schema is not 1/],
    ['{"schema":1,"settings":[],"then":"reboot"}', /no plan has the key "then"/],
    ['{"schema":1,"__proto__":{"a":1},"settings":[]}', /no plan has the key "__proto__"/],
    [
      '{"schema":1,"settings":[{"name":"kernel.core_pattern","kind":"sysctl","needed":"1","action":"raise"}]}',
      /no plan sets "kernel.core_pattern"/,
    ],
    [
      '{"schema":1,"settings":[{"name":"fs.nr_open","kind":"sysctl","needed":"1;reboot","action":"raise"}]}',
      /is not a number/,
    ],
    ['{"schema":1,"settings":[null]}', /is not a JSON object/],
    ['kernel.core_pattern = |/bin/sh', /sets none of the settings of a plan/],
    ['net.ipv4.conf.*.rp_filter = 1', /sets none of the settings of a plan/],
    ['fs.nr_open = many', /is not a number/],
    ['rm -rf /', /neither a comment nor NAME = VALUE/],
  ];
  it.each(rows)('%s', (text, says) => {
    expect(() => readPlan(text)).toThrow(BadPlan);
    expect(() => readPlan(text)).toThrow(says);
  });

  it('but the foreign lines of a sysctl file are passed over, and counted', async () => {
    const text = 'vm.swappiness = 1\nkernel/core_pattern = |/bin/sh\nnet.core.somaxconn = 4096\n';
    expect(readPlan(text)).toEqual({
      sysctls: [{ name: 'net.core.somaxconn', value: '4096' }],
      openFiles: null,
      erlang: { ports: null, processes: null },
      ports: [],
      foreignLines: 2,
    });
    const args = ['plan', '--root', hostOf().root, '--check', '-'];
    const { exitCode, stdout } = await ctdiag(args, { input: text });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/2 lines of the file set sysctls that no plan sets: ignored/);
  });

  it('and is refused in a sentence', async () => {
    const tree = hostOf({ '/plan.json': '{"schema":1,"settings":[],"\\u001b[2J":1}' });
    const { exitCode, stdout, stderr } = await ctdiag(['plan', '--check', `${tree.root}/plan.json`]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: '' });
    expect(stderr).toMatch(/is not a plan: no plan has the key/);
    expect(stderr).not.toContain('\u001b');
    const absent = await ctdiag(['plan', '--check', `${tree.root}/absent`]);
    expect(absent.exitCode).toBe(69);
    expect(absent.stderr).toContain(`/absent does not exist; ctdiag plan`);
    expect((await ctdiag(['plan', '--check', tree.root])).stderr).toContain(
      `${tree.root} is a directory; ctdiag plan`,
    );
  });
});

test.each([
  ['net.netfilter.nf_conntrack_max', '65536', '180224', false],
  ['net.netfilter.nf_conntrack_max', '262144', '180224', true],
  ['net.netfilter.nf_conntrack_tcp_timeout_established', '432000', '98304', false],
  ['net.ipv4.tcp_mem', '1 2 300', '100 200 250', true],
  ['net.ipv4.tcp_rmem', '4096 131072 6291456', '4096 16384 6291456', false],
  ['fs.file-max', '9223372036854775807', '1179648', true],
  ['fs.file-max', 'many', '1179648', null],
])('%s = %s does what %s asks for: %s', (setting, running, wanted, outcome) => {
  expect(satisfies(setting, running, wanted)).toBe(outcome);
});

test('an open file limit without a bound is too large, in words and in figures', () => {
  const server = { comm: 'haproxy', pid: 7 };
  const text = checkText(
    { status: 'warning', rows: [] },
    { wanted: 57_344, servers: [{ ...server, limit: 2 ** 30 - 8 }] },
  );
  expect(text).toMatch(/^WARNING {2}the plan is in effect, but an open file limit has no bound\.$/m);
  expect(text.replaceAll(/\s+/g, ' ')).toMatch(
    /TOO LARGE LimitNOFILE of haproxy\(7\) is 1,073,741,816: .* or die: .*; planned 57344\./,
  );
});

test('a running emulator is compared with the ports and processes of the plan', () => {
  const server = {
    comm: 'beam.smp',
    pid: 7,
    limit: 2_000_000,
    erlang: { ports: 65_536, processes: 2_097_152 },
  };
  const text = checkText(
    { status: 'critical', rows: [] },
    { wanted: 57_344, erlang: { ports: 1_048_576, processes: 1_048_576 }, servers: [server] },
  ).replaceAll(/\s+/g, ' ');
  expect(text).toContain(
    'NOT APPLIED node.max_ports: the emulator of beam.smp(7) runs with 65,536, planned 1,048,576; it takes more at its next start.',
  );
  expect(text).toContain('ok node.process_limit: the emulator of beam.smp(7) runs with 2,097,152.');
});

test('a plan that was printed says what an emulator needs', () => {
  const plan = planJson(planned({ connections: 1_000_000, profile: 'emqx', ports: [1883] }));
  expect(readPlan(plan).erlang).toEqual({ ports: 2_097_152, processes: 2_097_152 });
});
