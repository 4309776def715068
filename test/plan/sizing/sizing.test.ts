import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  inOrderOfStopping,
  planFor,
  PROFILES,
  runtimeChanges,
  stockHost,
  systemdForm,
} from '../../../src/plan/index.js';
import type { Plan, Setting } from '../../../src/plan/index.js';
import { planText } from '../../../src/render/index.js';
import { planJson } from '../../../src/render/plan/plan-json.js';
import { changed, GIB, neededOf, planned } from '../planning.js';

const targets = fc.record({
  connections: fc.integer({ min: 1, max: 20_000_000 }),
  ratePerSec: fc.integer({ min: 1, max: 100_000 }),
  memoryBytes: fc.integer({ min: 1, max: 1024 }).map((gib) => gib * GIB),
  cpus: fc.integer({ min: 1, max: 256 }),
  profile: fc.constantFrom(...PROFILES),
  kernel: fc.constantFrom('4.18', '5.10.0-28-amd64', '6.1', '6.12.9', '6.17', '6.18.2', '7.2'),
});

describe('a plan', () => {
  test('is done when it has been carried out: nothing is left to change, and nothing stops below the target', () => {
    fc.assert(
      fc.property(targets, (target) => {
        const before = planned(target);
        const host = changed(before.host, runtimeChanges(before));
        const after = planFor(before.target, host, before.memoryBytes, before.cpus);
        expect(runtimeChanges(after)).toEqual([]);
        expect(after.stopsFirst?.name ?? null).toBeNull();
        // TCP's memory is cut only where the RAM is what is missing anyway.
        const tcpMem = before.settings.find((setting) => setting.name === 'net.ipv4.tcp_mem')?.why;
        if (before.memory.fits) expect(tcpMem).toMatchObject({ capped: false });
        expect(after.slowsFirst === null || target.ratePerSec > 65_536).toBe(true);
      }),
    );
  });

  test('holds all connections and those that are closing', () => {
    fc.assert(
      fc.property(targets, (target) => {
        const plan = planned(target);
        const { connections, ratePerSec } = target;
        const closed = Math.min(connections, ratePerSec * 120);
        expect(plan.conntrack.max).toBeGreaterThanOrEqual(connections + closed);
        // The kernel rounds the table up to whole pages: what is asked for must be what is got.
        expect(plan.conntrack.buckets % 512).toBe(0);
        expect(plan.conntrack.max / plan.conntrack.buckets).toBeLessThanOrEqual(1);
        for (const name of ['LimitNOFILE', 'fs.nr_open', 'fs.file-max'])
          expect(neededOf(plan, name)).toBeGreaterThan(connections);
        expect(neededOf(plan, 'fs.nr_open')).toBeGreaterThanOrEqual(neededOf(plan, 'LimitNOFILE'));
      }),
    );
  });

  test('never lowers a limit on the number of connections', () => {
    fc.assert(
      fc.property(targets, (target) => {
        for (const setting of planned(target).settings)
          if (setting.action === 'lower') expect(setting.stopsAt).toBeNull();
      }),
    );
  });

  test('names as first stopper the least of the present limits', () => {
    fc.assert(
      fc.property(targets, (target) => {
        const plan = planned(target);
        const [least] = inOrderOfStopping(plan.settings);
        const binds = least !== undefined && (least.stopsAt ?? 0) < target.connections;
        expect(plan.stopsFirst?.stopsAt ?? null).toBe(binds ? least.stopsAt : null);
      }),
    );
  });
});

describe('what stops first on a machine with stock settings', () => {
  const rows = [
    { memoryBytes: 4 * GIB, kernel: '6.1', name: 'net.netfilter.nf_conntrack_max', at: 65_536 },
    { memoryBytes: 4 * GIB, kernel: '5.10', name: 'net.netfilter.nf_conntrack_max', at: 65_536 },
    { memoryBytes: 8 * GIB, kernel: '6.1', name: 'net.netfilter.nf_conntrack_max', at: 262_144 },
    { memoryBytes: 16 * GIB, kernel: '6.1', name: 'net.netfilter.nf_conntrack_max', at: 262_144 },
    { memoryBytes: 0.5 * GIB, kernel: '6.1', name: 'net.netfilter.nf_conntrack_max', at: 4096 },
  ];
  it.each(rows)('$memoryBytes bytes, Linux $kernel: $name', ({ memoryBytes, kernel, name, at }) => {
    const { stopsFirst } = planned({ connections: 1_000_000, memoryBytes, kernel });
    expect([stopsFirst?.name, stopsFirst?.stopsAt]).toEqual([name, at]);
  });

  it('is nothing where the target is below every limit', () => {
    expect(planned({ connections: 60_000, memoryBytes: 4 * GIB }).stopsFirst).toBeNull();
  });

  it('is not conntrack where it is not loaded', () => {
    const has = { conntrack: { module: 'absent', holders: [] } } as const;
    const { stopsFirst } = planned({ connections: 500_000, memoryBytes: 4 * GIB, has });
    expect(stopsFirst?.name).toBe('fs.file-max');
  });

  it('is the server found at the port, when it may open fewer files', () => {
    const servers = [{ port: 1883, pid: 812, comm: 'mosquitto', fds: 9, fdLimit: 1024, backlog: 100 }];
    const { stopsFirst } = planned({ connections: 50_000, ports: [1883], has: { servers } });
    expect([stopsFirst?.name, stopsFirst?.stopsAt]).toEqual(['LimitNOFILE', 1024]);
  });

  it('is not an open file limit without a bound: that is said, and not kept', () => {
    const server = { port: 1883, pid: 812, comm: 'haproxy', fds: 9, backlog: 100 };
    const withLimit = (fdLimit: number, fdHardLimit: number): Plan =>
      planned({
        connections: 50_000,
        ports: [1883],
        has: { servers: [{ ...server, fdLimit, fdHardLimit }] },
      });
    const unbounded = withLimit(2 ** 30 - 8, 2 ** 30 - 8);
    expect(planText(unbounded).replaceAll(/\s+/g, ' ')).toContain('HAProxy without maxconn');
    expect(planJson(unbounded)).toContain('now too large');
    expect(systemdForm(unbounded, 'haproxy.service')).toContain('\nLimitNOFILE=57344:524288\n');
    // A hard limit is never lowered.
    expect(systemdForm(withLimit(1024, 1_048_576), 'haproxy.service')).toContain(
      '\nLimitNOFILE=57344:1048576\n',
    );
    expect(planText(withLimit(1_048_576, 1_048_576))).not.toContain('HAProxy');
  });
});

describe('stock settings by the formulas are those of the kernels that were booted', () => {
  // Read in virtual machines: MemTotal in KiB, then what the kernel had set.
  it('4 GiB, 6.1', () => {
    const { sysctls } = stockHost({ memoryBytes: 4 * GIB, cpus: 2, kernel: '6.1' });
    expect(sysctls).toMatchObject({
      'net.netfilter.nf_conntrack_max': '65536',
      'net.netfilter.nf_conntrack_buckets': '65536',
      'net.ipv4.tcp_max_tw_buckets': '16384',
      'net.ipv4.tcp_max_orphans': '16384',
      'net.ipv4.tcp_max_syn_backlog': '256',
    });
  });

  it('5.10 has a quarter of the buckets', () => {
    const { sysctls } = stockHost({ memoryBytes: 4 * GIB, cpus: 2, kernel: '5.10.0-28-amd64' });
    expect(sysctls['net.netfilter.nf_conntrack_buckets']).toBe('16384');
  });
});

describe('the RAM', () => {
  it('says no, and how many it holds', () => {
    const { memory } = planned({ connections: 1_000_000, memoryBytes: 4 * GIB, profile: 'emqx' });
    expect(memory.fits).toBe(false);
    expect(memory.most).toBeLessThan(1_000_000);
    const again = planned({
      connections: memory.most,
      memoryBytes: 4 * GIB,
      profile: 'emqx',
      ratePerSec: 3334,
    });
    expect(again.memory.perConnectionBytes).toBeGreaterThan(20_000);
  });

  test('holds as many as it says, and not one more', () => {
    fc.assert(
      fc.property(targets, (target) => {
        const { memory } = planned(target);
        const free = memory.memoryBytes - memory.reservedBytes;
        expect(memory.most * memory.perConnectionBytes).toBeLessThanOrEqual(free);
        expect((memory.most + 1) * memory.perConnectionBytes).toBeGreaterThan(free);
        expect(memory.fits).toBe(memory.most >= target.connections);
      }),
    );
  });

  it('counts an entry of conntrack at what this kernel takes for it', () => {
    const conntrackBytes = (entry: number): number =>
      planned({ connections: 100_000, has: { slabBytes: { nf_conntrack: entry } } }).conntrack.bytes;
    const max = planned({ connections: 100_000 }).conntrack.max;
    expect(conntrackBytes(320) - conntrackBytes(256)).toBe(64 * max);
  });
});

describe('timeouts', () => {
  const action = (profile: 'generic' | 'mqtt', name: string): string | undefined =>
    planned({ connections: 1000, profile }).settings.find((setting) => setting.name.endsWith(name))?.action;

  it('that follow the protocol are left alone', () => {
    expect(action('mqtt', 'tcp_timeout_time_wait')).toBe('leave');
    expect(action('generic', 'tcp_timeout_established')).toBe('leave');
  });

  it('of established connections are lowered no further than MQTT lets a client be silent', () => {
    const plan = planned({ connections: 1000, profile: 'mqtt' });
    expect(action('mqtt', 'tcp_timeout_established')).toBe('lower');
    expect(neededOf(plan, 'net.netfilter.nf_conntrack_tcp_timeout_established')).toBeGreaterThan(
      65_535 * 1.5,
    );
  });
});

describe('source addresses of a load generator', () => {
  it('are as many as its ports make necessary for each destination', () => {
    expect(planned({ connections: 1_000_000 }).sources).toMatchObject({
      portsNow: 28_232,
      addressesNow: 36,
      addressesWide: 16,
    });
    expect(planned({ connections: 1_000_000, ports: [1883, 8883] }).sources.addressesNow).toBe(18);
  });
});

describe('buffers', () => {
  const settingOf = (plan: Plan, name: string): Setting | undefined =>
    plan.settings.find((setting) => setting.name === name);

  test('are never lowered: no figure of any triple is below the current one', () => {
    fc.assert(
      fc.property(targets, (target) => {
        const plan = planned(target);
        for (const { name, from, to } of runtimeChanges(plan))
          if (from !== null && /^net\.(core|ipv4\.tcp_[rw]?mem)/.test(name))
            from.split(' ').forEach((figure, index) => {
              expect(Number(to.split(' ')[index])).toBeGreaterThanOrEqual(Number(figure));
            });
        for (const name of ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'])
          expect(settingOf(plan, name)?.action).toBe('leave');
      }),
    );
  });

  it.each([
    ['6.12.9', '4096 131072 6291456', '212992'],
    ['6.18.2', '4096 131072 33554432', '4194304'],
    ['6.17', '4096 131072 33554432', '212992'],
    ['6.15', '4096 131072 6291456', '212992'],
  ])('of Linux %s have the defaults of that kernel', (kernel, rmem, max) => {
    const plan = planned({ connections: 1000, kernel });
    expect(settingOf(plan, 'net.ipv4.tcp_rmem')?.current).toBe(rmem);
    expect(settingOf(plan, 'net.core.rmem_max')?.current).toBe(max);
  });

  it('are an option for MQTT where the RAM is tight, and only then', () => {
    const rule = (connections: number, profile: 'mqtt' | 'generic'): string | undefined =>
      settingOf(planned({ connections, profile, memoryBytes: 4 * GIB }), 'net.ipv4.tcp_rmem')?.why.rule;
    expect([rule(300_000, 'mqtt'), rule(100_000, 'mqtt'), rule(300_000, 'generic')]).toEqual([
      'buffer-option',
      'buffer-caps',
      'buffer-caps',
    ]);
  });
});

describe('the memory of a connection', () => {
  it('is the same for one and for a million', () => {
    const each = (connections: number): number =>
      planned({ connections, memoryBytes: 64 * GIB }).memory.perConnectionBytes;
    expect(each(1)).toBe(each(1_000_000));
  });

  it('follows the share of TLS, as given or by the ports', () => {
    const each = (wish: { readonly tlsShare?: number; readonly ports?: readonly number[] }): number =>
      planned({ connections: 100_000, profile: 'emqx', ...wish }).memory.perConnectionBytes;
    const tls = 44 * 1024;
    expect(each({ tlsShare: 0.5 }) - each({})).toBe(tls / 2);
    expect(each({ ports: [1883, 8883] }) - each({ ports: [1883] })).toBe(tls);
    expect(each({ ports: [1883, 8883], tlsShare: 0 })).toBe(each({}));
  });
});

test.each([
  ['6.1', 512],
  ['5.14.0-427.el9.aarch64+64k', 8192],
  ['6.12-16k', 2048],
])('buckets are whole pages of the kernel %s', (kernel, perPage) => {
  expect(planned({ connections: 1, kernel }).conntrack.buckets).toBe(perPage);
});
