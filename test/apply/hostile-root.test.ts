import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.js';
import { openHostChanger } from '../../src/apply/host-changer.js';
import { readOwnFiles } from '../../src/apply/host-snapshot.js';
import type { ApplyOptions } from '../../src/apply/consent.js';
import { planCommands } from '../../src/apply/follow-up.js';
import { rollbackPlan } from '../../src/apply/rollback.js';
import { UserError } from '../../src/exit.js';
import { planFor, readSysctls, runtimeChanges, SETTABLE_SYSCTLS } from '../../src/plan/index.js';
import type { OwnFiles, Plan } from '../../src/plan/index.js';
import { readHost } from '../../src/sources/host/read-host.js';
import { recordedHost } from '../plan/host-tree.js';
import type { HostTree } from '../plan/host-tree.js';
import { GIB, planned } from '../plan/planning.js';

const STATE = '/var/lib/ctdiag/before-plan.json';
const UDEV = '/etc/udev/rules.d/90-ctdiag-conntrack.rules';

let tree: HostTree;
let outside = '';
beforeEach(() => {
  tree = recordedHost();
  outside = mkdtempSync(join(tmpdir(), 'ctdiag-outside-'));
  writeFileSync(join(outside, 'precious'), 'precious\n');
});
afterEach(() => {
  tree.remove();
  rmSync(outside, { recursive: true });
});

const options = (): ApplyOptions & { force: boolean } => ({
  root: tree.root,
  unit: 'broker.service',
  yes: true,
  ask: null,
  say: () => undefined,
  force: false,
  commands: planCommands(tree.root, null),
});

async function makePlan(): Promise<Plan> {
  const host = await readHost({ root: tree.root }, readSysctls(), []);
  const target = {
    connections: 100_000,
    ratePerSec: 334,
    rateAssumed: true,
    profile: 'mqtt',
    ports: [],
  } as const;
  return planFor(target, host, host.memoryBytes ?? 0, host.cpus ?? 1);
}

/** Everything outside of the root, to be compared. */
function outsideNow(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(outside, { recursive: true, encoding: 'utf8' }).map((name) => {
      const path = join(outside, name);
      return [name, statSync(path).isFile() ? readFileSync(path, 'utf8') : 'folder'];
    }),
  );
}

/** Moves a folder or file of the tree out of it and leaves a link in its place. */
function linkOut(path: string): void {
  const to = join(outside, path.replaceAll('/', '_'));
  mkdirSync(join(tree.root, path, '..'), { recursive: true });
  try {
    renameSync(join(tree.root, path), to);
  } catch {
    mkdirSync(to);
  }
  symlinkSync(to, join(tree.root, path));
}

describe.skipIf(process.platform !== 'linux')('a root whose paths lead out of it', () => {
  const links = [
    '/etc',
    '/etc/sysctl.d',
    '/etc/udev',
    '/etc/udev/rules.d',
    '/etc/systemd/system/broker.service.d',
    '/var',
    '/var/lib',
    '/var/lib/ctdiag',
    '/proc/sys/net/netfilter',
    '/proc/sys/net/netfilter/nf_conntrack_max',
  ];
  it.each(links)('by a link at %s is not written to', async (path) => {
    const plan = await makePlan();
    linkOut(path);
    const before = [outsideNow(), tree.everything()];
    const error: unknown = await applyPlan(plan, options()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/links below --root are not followed/) as string,
    });
    expect([outsideNow(), tree.everything()]).toEqual(before);
  });

  it.each(links)('by a link at %s is not restored to', async (path) => {
    await applyPlan(await makePlan(), options());
    linkOut(path);
    const before = outsideNow();
    await expect(rollbackPlan(options())).rejects.toThrow(UserError);
    expect(outsideNow()).toEqual(before);
  });

  it('by a hard link is not written to', async () => {
    const plan = await makePlan();
    const max = join(tree.root, 'proc/sys/net/netfilter/nf_conntrack_max');
    rmSync(max);
    writeFileSync(join(outside, 'limit'), '65536\n');
    linkSync(join(outside, 'limit'), max);
    await expect(applyPlan(plan, options())).rejects.toThrow(/hard link/);
    expect(readFileSync(join(outside, 'limit'), 'utf8')).toBe('65536\n');
  });

  it('is read as the host below would read it, not from this host', async () => {
    const name = 'proc/sys/kernel/hostname';
    rmSync(join(tree.root, name));
    symlinkSync(`/${name}`, join(tree.root, name));
    expect((await readHost({ root: tree.root }, readSysctls(), [])).host).toBe(null);
  });
});

describe.skipIf(process.platform !== 'linux')('a state that no plan wrote', () => {
  const restore = async (): Promise<unknown> => rollbackPlan(options()).catch((caught: unknown) => caught);
  const state = (parts: object): string =>
    JSON.stringify({ schema: 1, sysctls: [], files: [], folders: [], ...parts });
  const file = (path: string, text: string): object => ({ files: [{ path, before: { text, mode: 420 } }] });

  const hostile: readonly (readonly [what: string, state: string])[] = [
    [
      'the case of the folder of cases',
      readFileSync(new URL('../fixtures/cases/rollback-hostile-state.json', import.meta.url), 'utf8'),
    ],
    ['a udev rule that runs a program', state(file(UDEV, 'ACTION=="add", RUN+="/evil"\n'))],
    ['a udev rule behind a comment that goes on', state(file(UDEV, '# x \\\nACTION=="add", RUN+="/evil"\n'))],
    ['core_pattern in a file', state(file('/etc/sysctl.d/90-ctdiag.conf', 'kernel.core_pattern=|/evil\n'))],
    [
      'a program in a drop-in',
      state(file('/etc/systemd/system/x.service.d/90-ctdiag.conf', '[Service]\nExecStartPre=/evil\n')),
    ],
    [
      'a setting that plans only look at',
      state({ sysctls: [{ name: 'kernel.pid_max', from: '301', to: '1' }] }),
    ],
    ['a folder that no plan makes', state({ folders: ['/etc/ssh'] })],
  ];
  it.each(hostile)('restores nothing: %s', async (_what, text) => {
    tree.write(STATE, text);
    chmodSync(join(tree.root, STATE), 0o600);
    const before = tree.everything();
    expect(await restore()).toMatchObject({
      exitCode: 65,
      message: expect.stringMatching(/is not a state that ctdiag wrote .*Nothing was changed/) as string,
    });
    expect(tree.everything()).toEqual(before);
  });

  it('may not be writable by others', async () => {
    await applyPlan(await makePlan(), options());
    chmodSync(join(tree.root, STATE), 0o602);
    expect(await restore()).toMatchObject({
      exitCode: 65,
      message: expect.stringMatching(/mode 602/) as string,
    });
  });

  it('may not be a FIFO', async () => {
    mkdirSync(join(tree.root, 'var/lib/ctdiag'), { recursive: true });
    execFileSync('mkfifo', [join(tree.root, STATE)]);
    expect(await restore()).toMatchObject({ message: expect.stringMatching(/not a regular file/) as string });
  });

  it('may not belong to someone else', async () => {
    await applyPlan(await makePlan(), options());
    const real = openHostChanger(tree.root);
    const host = {
      ...real,
      file: (path: string) => {
        const found = real.file(path);
        return found === null ? null : { ...found, uid: 4242 };
      },
    };
    const error: unknown = await rollbackPlan({ ...options(), host }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ exitCode: 65, message: expect.stringMatching(/user id 4242/) as string });
  });

  it('gives no mode that others may use', async () => {
    tree.write(
      STATE,
      state({
        files: [{ path: '/etc/sysctl.d/90-ctdiag.conf', before: { text: '# was there\n', mode: 0o7777 } }],
      }),
    );
    chmodSync(join(tree.root, STATE), 0o600);
    expect(await restore()).toBe(0);
    expect(statSync(join(tree.root, 'etc/sysctl.d/90-ctdiag.conf')).mode & 0o7777).toBe(0o775);
  });
});

test('a file with lines of someone else is not overwritten, as it could not be restored', async () => {
  tree.write('/etc/sysctl.d/90-ctdiag.conf', 'vm.swappiness = 1\n');
  await expect(applyPlan(await makePlan(), options())).rejects.toThrow(
    /90-ctdiag\.conf contains lines that ctdiag did not write\. Nothing was changed/,
  );
});

test('what any plan changes may be restored', () => {
  const wishes = [
    { connections: 50_000_000, ratePerSec: 1_000_000, memoryBytes: 4096 * GIB, profile: 'emqx' },
    { connections: 100_000, memoryBytes: GIB, profile: 'mqtt', kernel: '4.18.0-553.el8' },
    { connections: 1000, memoryBytes: GIB, has: { onLinkAddresses: 60_000, sysctls: {} } },
  ] as const;
  for (const wish of wishes)
    for (const { name } of runtimeChanges(planned(wish))) expect(SETTABLE_SYSCTLS).toContain(name);
});

describe('what is read below a root', () => {
  test('is nothing that a link of its /proc or of a drop-in leads to outside', async () => {
    writeFileSync(join(outside, 'cmdline'), 'sysctl.net.core.somaxconn=77\n');
    writeFileSync(join(outside, 'comm'), 'kube-proxy\n');
    writeFileSync(join(outside, 'ctdiag.conf'), '[Service]\nLimitNOFILE=4242\n');
    rmSync(join(tree.root, 'proc/cmdline'), { force: true });
    symlinkSync(join(outside, 'cmdline'), join(tree.root, 'proc/cmdline'));
    symlinkSync(outside, join(tree.root, 'proc/812'));
    const dropIns = join(tree.root, 'etc/systemd/system/broker.service.d');
    mkdirSync(dropIns, { recursive: true });
    symlinkSync(join(outside, 'ctdiag.conf'), join(dropIns, '90-ctdiag.conf'));
    const files = await readBelow();
    expect(files.settings).toMatchObject({ kubeProxy: null });
    expect(JSON.stringify(files.settings.sysctlFiles)).not.toContain('"77"');
    expect(files.openFiles).toBeNull();
  });

  test('does not wait for a FIFO of its /proc', async () => {
    rmSync(join(tree.root, 'proc/cmdline'), { force: true });
    execFileSync('mkfifo', [join(tree.root, 'proc/cmdline')]);
    expect((await readBelow()).settings.type).toBe('settings');
  });

  async function readBelow(): Promise<OwnFiles> {
    const host = await readHost({ root: tree.root }, readSysctls(), []);
    return readOwnFiles(tree.root, host, { profile: 'mqtt', unit: 'broker.service' });
  }
});
