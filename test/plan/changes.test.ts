import { describe, expect, it } from 'vitest';
import { persistentSysctls, plannedSysctls, runtimeChanges } from '../../src/plan/index.js';
import { changed, planned } from './planning.js';

describe('changes at run time', () => {
  const names = runtimeChanges(planned({ connections: 1_000_000, profile: 'mqtt' })).map(
    (runtimeChange) => runtimeChange.name,
  );

  it('raise the buckets before the entries that fill them', () => {
    expect(names.indexOf('net.netfilter.nf_conntrack_buckets')).toBe(0);
    expect(names.indexOf('net.netfilter.nf_conntrack_max')).toBe(1);
  });

  it('lower a timeout last', () => {
    expect(names.at(-1)).toBe('net.netfilter.nf_conntrack_tcp_timeout_established');
  });

  it('raise a higher threshold of the neighbours before those below it', () => {
    const plan = planned({ connections: 100_000, has: { onLinkAddresses: 65_534 } });
    const order = runtimeChanges(plan).map((runtimeChange) => runtimeChange.name.split('.').at(-1));
    expect(order.filter((name) => name?.startsWith('gc_'))).toEqual([
      'gc_thresh3',
      'gc_thresh2',
      'gc_thresh1',
    ]);
  });

  it('leave conntrack alone where its module is not loaded, but keep its settings for when it is', () => {
    const plan = planned({
      connections: 1_000_000,
      has: { conntrack: { module: 'absent', holders: [] } },
    });
    const isConntrack = ({ name }: { readonly name: string }): boolean => name.includes('nf_conntrack');
    expect(runtimeChanges(plan).some(isConntrack)).toBe(false);
    expect(persistentSysctls(plan).some(isConntrack)).toBe(true);
  });
});

describe('what is kept over a reboot', () => {
  it('does not become less by having been applied', () => {
    const before = planned({ connections: 1_000_000 });
    const names = persistentSysctls(before).map((persistentSysctl) => persistentSysctl.name);
    const after = planned({ connections: 1_000_000, has: changed(before.host, runtimeChanges(before)) });
    expect(persistentSysctls(after).map((persistentSysctl) => persistentSysctl.name)).toEqual(names);
  });

  it('does not become less by having been applied, where clients are on the same link', () => {
    const has = { onLinkAddresses: 65_534 };
    const before = planned({ connections: 1_000_000, has });
    const names = persistentSysctls(before).map((persistentSysctl) => persistentSysctl.name);
    expect(names).toContain('net.ipv4.neigh.default.gc_thresh3');
    const after = planned({
      connections: 1_000_000,
      has: { ...has, ...changed({ ...before.host }, runtimeChanges(before)) },
    });
    expect(persistentSysctls(after).map((persistentSysctl) => persistentSysctl.name)).toEqual(names);
  });

  it('does not pin what was greater already', () => {
    const sysctls = { 'fs.file-max': '9223372036854775807' };
    const plan = planned({ connections: 1000, has: { sysctls } });
    expect(persistentSysctls(plan).map((persistentSysctl) => persistentSysctl.name)).not.toContain(
      'fs.file-max',
    );
  });
});

it('a plan knows every sysctl that it sets', () => {
  const known = new Set(plannedSysctls());
  for (const profile of ['generic', 'mqtt', 'emqx'] as const)
    for (const { name } of persistentSysctls(
      planned({ connections: 3_000_000, profile, has: { onLinkAddresses: 1_000_000, sysctls: {} } }),
    ))
      expect(known).toContain(name);
});
