import { describe, expect, test } from 'vitest';
import { containerLabel, containerOf } from '../../../src/sources/kernel/container-name.js';

const ID = '3f2a91c0b1d2'.padEnd(64, 'e');
const UID = '1a2b3c4d-0001-4002-8003-0123456789ab';
const UNIT = UID.replaceAll('-', '_');

describe('the container of a process', () => {
  // Paths: the documentation and sources of runc's, crun's and systemd's cgroup drivers.
  test.for([
    ['docker, systemd driver', `0::/system.slice/docker-${ID}.scope`, 'docker 3f2a91c0b1d2'],
    ['docker, cgroupfs driver', `0::/docker/${ID}`, 'docker 3f2a91c0b1d2'],
    ['docker, cgroup v1', `12:pids:/docker/${ID}\n1:name=systemd:/docker/${ID}`, 'docker 3f2a91c0b1d2'],
    ['podman as root', `0::/machine.slice/libpod-${ID}.scope/container`, 'podman 3f2a91c0b1d2'],
    [
      'podman of a user',
      `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`,
      'podman 3f2a91c0b1d2',
    ],
    ['nerdctl', `0::/system.slice/nerdctl-${ID}.scope`, 'containerd 3f2a91c0b1d2'],
    [
      'Kubernetes with containerd, systemd driver',
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UNIT}.slice/cri-containerd-${ID}.scope`,
      'pod 1a2b3c4d',
    ],
    [
      'Kubernetes with cri-o, guaranteed',
      `0::/kubepods.slice/kubepods-pod${UNIT}.slice/crio-${ID}.scope`,
      'pod 1a2b3c4d',
    ],
    ['Kubernetes, cgroupfs driver', `11:memory:/kubepods/besteffort/pod${UID}/${ID}\n0::/`, 'pod 1a2b3c4d'],
    [
      'kind',
      `0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod${UNIT}.slice/cri-containerd-${ID}.scope`,
      'pod 1a2b3c4d',
    ],
    ['lxc', '0::/lxc.payload.web/init.scope', 'lxc web'],
    ['systemd-nspawn, by hand', '0::/machine.slice/machine-web\\x2d1.scope/payload', 'machine web-1'],
    ['systemd-nspawn, as a service', '0::/machine.slice/systemd-nspawn@web.service/payload', 'machine web'],
  ] as const)('%s', ([, cgroups, label]) => {
    const container = containerOf(`${cgroups}\n`);
    expect(container === null ? null : containerLabel(container, 'PATH=/bin\0')).toBe(label);
  });

  test.for([
    ['a service', '0::/system.slice/ssh.service'],
    ['a session', '0::/user.slice/user-1000.slice/session-3.scope'],
    ['docker itself', '0::/system.slice/docker.service'],
    ['containerd itself', '0::/system.slice/containerd.service'],
    ['the root', '0::/'],
    ['nothing', ''],
  ] as const)('%s is in none', ([, cgroups]) => {
    expect(containerOf(cgroups)).toBeNull();
  });

  test('is called by its host name, where its environment tells it', () => {
    const pod = { kind: 'pod', id: '1a2b3c4d' };
    expect(containerLabel(pod, 'PATH=/bin\0HOSTNAME=broker-0\0')).toBe('pod broker-0');
    expect(containerLabel(pod, 'HOSTNAME=\0MY_HOSTNAME=x\0')).toBe('pod 1a2b3c4d');
  });
});
