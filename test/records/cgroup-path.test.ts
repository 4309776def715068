import { describe, expect, it } from 'vitest';
import { cgroupOwner, cgroupPathOf } from '../../src/records/index.js';
import type { CgroupOwner } from '../../src/records/index.js';

const ID = '3f2a91c0b1d23f2a91c0b1d23f2a91c0b1d23f2a91c0b1d23f2a91c0b1d2aaaa';
const POD = 'kubepods-burstable-pod0a1b2c3d_1111_2222_3333_444455556666.slice';

const unit = (name: string): CgroupOwner => ({ kind: 'unit', unit: name });

describe('who owns a control group', () => {
  it.each<[string, CgroupOwner]>([
    ['/system.slice/broker.service', unit('broker.service')],
    ['/system.slice/broker.service/worker/3', unit('broker.service')],
    ['/system.slice/system-broker.slice/broker@1.service', unit('broker@1.service')],
    [String.raw`/system.slice/a\x2db.service`, unit(String.raw`a\x2db.service`)],
    ['/system.slice/_cgroup.service', unit('cgroup.service')],
    ['/init.scope', unit('init.scope')],
    ['/broker.service', unit('broker.service')],
    ['/pids/system.slice/broker.service', unit('broker.service')],
    ['/user.slice/user-1000.slice/session-3.scope', { kind: 'session', uid: 1000 }],
    ['/user.slice/user-0.slice/session-c1.scope', { kind: 'session', uid: 0 }],
    [
      '/user.slice/user-1000.slice/user@1000.service/app.slice/sshd.service',
      { kind: 'user-unit', uid: 1000, unit: 'sshd.service' },
    ],
    [
      '/user.slice/user-1000.slice/user@1000.service/app.slice/app-a.slice/run-7.scope/x.service',
      { kind: 'user-unit', uid: 1000, unit: 'run-7.scope' },
    ],
    ['/user.slice/user-1000.slice/user@1000.service/init.scope', unit('user@1000.service')],
    [
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope/container`,
      { kind: 'container', runtime: 'podman', id: ID },
    ],
    [`/system.slice/docker-${ID}.scope`, { kind: 'container', runtime: 'docker', id: ID }],
    // A systemd inside of a container names its units as it likes.
    [
      `/system.slice/docker-${ID}.scope/system.slice/sshd.service`,
      { kind: 'container', runtime: 'docker', id: ID },
    ],
    [`/docker/${ID}/init.scope`, { kind: 'container', runtime: 'docker', id: ID }],
    [`/machine.slice/libpod-${ID}.scope`, { kind: 'container', runtime: 'podman', id: ID }],
    ['/machine.slice/machine-web.scope', { kind: 'container', runtime: 'machine', id: 'web' }],
    [
      '/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service',
      { kind: 'container', runtime: 'machine', id: 'web' },
    ],
    ['/lxc/web/system.slice/nginx.service', { kind: 'container', runtime: 'lxc', id: 'web' }],
    ['/lxc.payload.web/init.scope', { kind: 'container', runtime: 'lxc', id: 'web' }],
    [`/kubepods.slice/kubepods-burstable.slice/${POD}`, { kind: 'pod', runtime: null }],
    [
      `/kubepods.slice/kubepods-burstable.slice/${POD}/cri-containerd-${ID}.scope/x.service`,
      { kind: 'pod', runtime: 'containerd' },
    ],
    [`/kubepods.slice/${POD}/crio-${ID}.scope`, { kind: 'pod', runtime: 'cri-o' }],
    [`/kubepods/burstable/pod0a1b2c3d-1111-2222-3333-444455556666/${ID}`, { kind: 'pod', runtime: null }],
    ['/user.slice/user-1000.slice', { kind: 'slice', slice: 'user-1000.slice' }],
    ['/system.slice', { kind: 'slice', slice: 'system.slice' }],
  ])('%s', (path, owner) => {
    expect(cgroupOwner(path)).toEqual(owner);
  });

  it.each([
    ['an option of systemctl', '/user.slice/-Hroot@evil.service'],
    ['a shell', "/system.slice/x'; reboot; '.service"],
    ['a template', '/system.slice/broker@.service'],
    ['a name without its type', '/system.slice/broker'],
    ['another namespace', '/../../system.slice/broker.service'],
    ['the root', '/'],
    ['a group that is gone', '/system.slice/broker.service (deleted)'],
    ['a name of 256 letters', `/system.slice/${'a'.repeat(248)}.service`],
  ])('is not told by %s', (_what, path) => {
    expect(cgroupOwner(path)).toEqual({ kind: 'unknown' });
  });

  it('is not a pod because a user calls a group so', () => {
    expect(
      cgroupOwner(`/user.slice/user-1000.slice/user@1000.service/kubepods.slice/${POD}/x.service`),
    ).toEqual({ kind: 'user-unit', uid: 1000, unit: 'x.service' });
  });
});

it.each([
  ['cgroup v2', '0::/system.slice/a.service\n', '/system.slice/a.service'],
  ['v1, by the hierarchy of systemd', '11:memory:/x\n9:pids:/y\n1:name=systemd:/z\n0::/w\n', '/z'],
  ['v1 without systemd', '11:memory:/x\n9:cpu,pids:/docker/a\n', '/docker/a'],
  ['nothing', '', null],
])('the path of a process is read from %s', (_what, text, path) => {
  expect(cgroupPathOf(text)).toBe(path);
});
