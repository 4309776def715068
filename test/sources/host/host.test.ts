import { afterEach, describe, expect, it } from 'vitest';
import { readSysctls } from '../../../src/plan/index.js';
import { readHost } from '../../../src/sources/host/read-host.js';
import { onLinkAddresses } from '../../../src/sources/host/routes.js';
import { recordedHost } from '../../plan/host-tree.js';
import type { HostTree } from '../../plan/host-tree.js';

const trees: HostTree[] = [];
afterEach(() => trees.splice(0).forEach((tree) => tree.remove()));
function hostOf(files: Readonly<Record<string, string>> = {}): HostTree {
  const tree = recordedHost(files);
  trees.push(tree);
  return tree;
}

describe('a host is read as it was recorded', () => {
  it('with its RAM, CPUs, kernel and settings', async () => {
    const host = await readHost({ root: hostOf().root }, readSysctls(), []);
    expect(host).toMatchObject({ memoryBytes: 3_041_252 * 1024, cpus: 2 });
    expect(host.kernel).toMatch(/^6\.1\./);
    expect(host.sysctls).toMatchObject({
      'net.netfilter.nf_conntrack_max': '65536',
      'net.ipv4.tcp_rmem': '4096 131072 6291456',
    });
    expect(host.conntrack).toEqual({ module: 'loaded', holders: ['nft_ct'] });
  });

  it('with what its slabs take for an object, their waste included', async () => {
    const { slabBytes } = await readHost({ root: hostOf().root }, [], []);
    // 8 pages hold 13 sockets, 4 pages 19 inodes, one page 16 entries of conntrack.
    expect(slabBytes).toMatchObject({ TCPv6: 2521, sock_inode_cache: 863, nf_conntrack: 256 });
  });

  it('with its rules unknown, as no file tells them', async () => {
    const { rules } = await readHost({ root: hostOf().root }, [], []);
    expect(rules.read).toBe(false);
    expect(rules.why).toMatch(/running kernel/);
  });

  it('where a setting is not there, it is absent, not 0', async () => {
    const { sysctls } = await readHost({ root: hostOf().root }, ['net.netfilter.no_such'], []);
    expect(sysctls).toEqual({});
  });
});

describe('addresses on the links of a host', () => {
  const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
  it.each([
    ['none but a default route', 'eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n', 0],
    ['a /24', 'eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n', 254],
    [
      'a /16 and a /24 behind a gateway',
      'eth0\t0000000A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\neth0\t0001000A\t0100000A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n',
      65_534,
    ],
    ['the loopback', 'lo\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n', 0],
  ])('%s', (_what, lines, addresses) => {
    expect(onLinkAddresses(head + lines)).toBe(addresses);
  });

  it('are unknown when nothing can be read', () => {
    expect(onLinkAddresses(null)).toBeNull();
  });
});
