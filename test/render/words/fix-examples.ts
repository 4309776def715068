import type { Fix, NetnsEntry } from '../../../src/diagnose/index.js';
import type { CgroupOwner, Listener, PortUse, ProcessUse } from '../../../src/records/index.js';

export const HOST: NetnsEntry = { netns: 1, by: { kind: 'host' }, container: null };
const ID = '3f2a91c0b1d23f2a91c0b1d23f2a91c0b1d23f2a91c0b1d23f2a91c0b1d2aaaa';

/** Every way into a namespace. */
export const ENTRIES: readonly NetnsEntry[] = [
  HOST,
  { netns: 7, by: { kind: 'name', name: 'far' }, container: null },
  { netns: 7, by: { kind: 'pid', pid: 812 }, container: 'docker' },
  { netns: 4_026_532_999, by: { kind: 'inode' }, container: 'pod' },
];

/** Everything that may own a process. */
const OWNERS: readonly CgroupOwner[] = [
  { kind: 'unit', unit: 'broker.service' },
  { kind: 'unit', unit: String.raw`a\x2db@1.service` },
  { kind: 'unit', unit: 'run-7.scope' },
  { kind: 'user-unit', uid: 1000, unit: String.raw`a\x2db.service` },
  { kind: 'session', uid: 1000 },
  { kind: 'session', uid: 0 },
  ...(['docker', 'podman', 'containerd', 'cri-o', 'lxc', 'machine'] as const).map((runtime) => ({
    kind: 'container' as const,
    runtime,
    id: ID,
  })),
  { kind: 'container', runtime: 'docker', id: "x'; reboot; '" },
  { kind: 'pod', runtime: null },
  { kind: 'slice', slice: 'user-1000.slice' },
  { kind: 'unknown' },
];

const LISTENER: Listener = {
  netns: 1,
  address: '::',
  port: 443,
  inode: 5,
  acceptQueue: 9,
  backlog: 8,
  drops: null,
  overflows: null,
  owner: { pid: 1, comm: "a'; reboot; '" },
};
const PROCESS: ProcessUse = { pid: 1, comm: "a'; reboot; '", fds: 9, fdLimit: 9 };
const PORTS: PortUse = {
  netns: 1,
  source: 'fd00::1',
  destination: 'fd00::2',
  port: 443,
  used: 9,
  timeWait: 0,
};

type Examples = { readonly [Id in Fix['id']]: readonly Extract<Fix, { readonly id: Id }>[] };

const raise = <Id extends string>(
  id: Id,
): [{ readonly id: Id; readonly from: number; readonly to: number }] => [{ id, from: 1000, to: 4000 }];
const inAll = <T>(make: (entry: NetnsEntry) => T): T[] => ENTRIES.map((entry) => make(entry));

/** Examples of every fix, in all its forms: a fix without one does not compile. */
const BY_ID: Examples = {
  'raise-file-max': raise('raise-file-max') as never,
  'raise-max-orphans': raise('raise-max-orphans') as never,
  'raise-threads-max': raise('raise-threads-max') as never,
  'raise-pid-max': raise('raise-pid-max') as never,
  'raise-max-map-count': raise('raise-max-map-count') as never,
  'raise-netdev-backlog': raise('raise-netdev-backlog') as never,
  'raise-expect-max': raise('raise-expect-max') as never,
  'keep-sysctl': (
    ['lost-at-module-load', 'overwritten-by-kube-proxy', 'drift', 'run-time-only'] as const
  ).flatMap((verdict) =>
    (['131072', '524288', "1'; reboot; '"] as const).map((running) => ({
      id: 'keep-sysctl' as const,
      reader: 'systemd-sysctl' as const,
      setting: {
        name: 'net.netfilter.nf_conntrack_max',
        running,
        file: { file: '/etc/sysctl.d/a.conf', line: 1, value: '262144' } as never,
        loses: [],
        kernelDefault: null,
        verdict,
        heldBy: null,
        kubeProxy: { pid: 9, comm: 'kube-proxy' },
      },
    })),
  ),
  'shorten-orphans': [{ id: 'shorten-orphans' }],
  'find-orphans': [{ id: 'find-orphans' }],
  'find-tcp-memory': [{ id: 'find-tcp-memory' }],
  'raise-tcp-mem': [{ id: 'raise-tcp-mem', from: [1, 2, 3], to: [4, 5, 6], pageBytes: 4096 }],
  'raise-nofile': OWNERS.flatMap((owner) => [
    {
      id: 'raise-nofile',
      process: PROCESS,
      owner,
      soft: 1024,
      hard: 4096,
      to: { soft: 4096, hard: 4096 },
      nrOpenFrom: null,
      nrOpenTo: null,
    },
    {
      id: 'raise-nofile',
      process: PROCESS,
      owner,
      soft: 1024,
      hard: 1024,
      to: { soft: 2048, hard: 2048 },
      nrOpenFrom: null,
      nrOpenTo: 2048,
    },
    {
      id: 'raise-nofile',
      process: PROCESS,
      owner,
      soft: 1024,
      hard: null,
      to: null,
      nrOpenFrom: null,
      nrOpenTo: null,
    },
  ]),
  'find-process-at-nofile': [{ id: 'find-process-at-nofile' }],
  'raise-erlang-ports': [{ id: 'raise-erlang-ports', process: PROCESS, from: 65_536, to: 262_144 }],
  'find-erlang-ports': [{ id: 'find-erlang-ports', process: PROCESS }],
  'raise-pids-max': OWNERS.flatMap((owner) =>
    ['/system.slice/broker.service', '/user.slice/user-1000.slice', "/x'; reboot; '.service"].map(
      (cgroup) => ({
        id: 'raise-pids-max' as const,
        cgroup,
        owner,
        from: 20,
        to: 80,
      }),
    ),
  ),
  'look-at-application': inAll((entry) => ({ id: 'look-at-application', entry })),
  'raise-backlog': inAll((entry) => ({
    id: 'raise-backlog',
    listener: LISTENER,
    entry,
    somaxconn: 128,
    somaxconnTo: 4096,
  })),
  'find-unread': inAll((entry) => [
    { id: 'find-unread' as const, listener: LISTENER, entry },
    { id: 'find-unread' as const, listener: { ...LISTENER, owner: null }, entry },
  ]).flat(),
  'find-accept-wait': inAll((entry) => [
    { id: 'find-accept-wait' as const, listener: LISTENER, entry },
    { id: 'find-accept-wait' as const, listener: { ...LISTENER, owner: null }, entry },
  ]).flat(),
  'find-listener': inAll((entry) => ({ id: 'find-listener', entry })),
  'enable-syncookies': inAll((entry) => ({ id: 'enable-syncookies', entry })),
  'raise-conntrack-max': ([null, 'kube-proxy', 'k3s'] as const).flatMap((kubeProxy) =>
    [null, { from: 1024, to: 4096 }].map((buckets) => ({
      id: 'raise-conntrack-max' as const,
      from: 1024,
      to: 4096,
      buckets,
      entryBytes: 256,
      entryBytesMeasured: true,
      extensionBytes: 128,
      bytes: 9,
      kubeProxy,
    })),
  ),
  'find-stale-entries': inAll((entry) => ({
    id: 'find-stale-entries',
    entry,
    entries: 65_536,
    established: 12,
    timeoutSec: 432_000,
  })),
  'find-table-filler': [
    { what: 'unreplied', zone: null } as const,
    { what: 'zone', zone: 7 } as const,
    { what: 'unlisted', zone: null } as const,
  ].flatMap((form) => inAll((entry) => ({ id: 'find-table-filler' as const, entry, ...form }))),
  'shorten-established': ([null, 'kube-proxy', 'k3s'] as const).flatMap((kubeProxy) =>
    inAll((entry) => ({ id: 'shorten-established' as const, entry, toSec: 86_400, kubeProxy })),
  ),
  'raise-conntrack-buckets': [{ id: 'raise-conntrack-buckets', from: 1024, to: 65_536 }],
  'find-nat-ports': inAll((entry) => ({ id: 'find-nat-ports', entry })),
  'widen-nat': [{ id: 'widen-nat' }],
  'shorten-nat-timeouts': ([null, 'tcp', 'udp'] as const).flatMap((protocol) =>
    inAll((entry) => ({ id: 'shorten-nat-timeouts' as const, entry, protocol })),
  ),
  'find-expectations': inAll((entry) => ({ id: 'find-expectations', entry })),
  'find-clashes': inAll((entry) => ({ id: 'find-clashes', entry })),
  'find-firewall-rule': inAll((entry) => ({ id: 'find-firewall-rule', entry, port: 1883 })),
  'raise-gc-thresh': [{ id: 'raise-gc-thresh', family: 'ipv6', from: 1024, to: 4096 }],
  'widen-port-range': inAll((entry) => ({ id: 'widen-port-range', entry, low: 32_768, high: 60_999 })),
  'reuse-time-wait': inAll((entry) => ({ id: 'reuse-time-wait', entry, from: 2 })),
  'find-port-holders': inAll((entry) => ({ id: 'find-port-holders', entry, ports: PORTS })),
  'more-addresses': [{ id: 'more-addresses', ports: PORTS }],
  'find-range-holders': inAll((entry) => ({ id: 'find-range-holders', entry, low: 32_768, high: 60_999 })),
  'bind-without-port': [{ id: 'bind-without-port' }],
  'find-cloud-drops': [{ id: 'find-cloud-drops' }],
  'check-loss': (['accept-failed', 'bind-failed', 'listen-drops', 'resets'] as const).flatMap((loss) =>
    inAll((entry) => ({ id: 'check-loss' as const, entry, loss })),
  ),
  'find-udp-queue': inAll((entry) => ({ id: 'find-udp-queue', entry })),
  'find-unix-queue': inAll((entry) => ({ id: 'find-unix-queue', entry })),
  'find-invalid': inAll((entry) => ({ id: 'find-invalid', entry })),
  'find-queue-reader': [true, false].flatMap((unread) =>
    inAll((entry) => ({ id: 'find-queue-reader' as const, entry, unread })),
  ),
  'stop-tw-recycle': inAll((entry) => ({ id: 'stop-tw-recycle', entry })),
  'find-reverse-path': inAll((entry) => ({ id: 'find-reverse-path', entry })),
  'find-ipvs-servers': [true, false].flatMap((overloaded) =>
    inAll((entry) => ({ id: 'find-ipvs-servers' as const, entry, overloaded })),
  ),
  'find-limiting-rule': inAll((entry) => ({ id: 'find-limiting-rule', entry })),
  'find-tc-filter': [null, "eth0: tc filter bpf '; reboot; '"].flatMap((program) =>
    inAll((entry) => ({ id: 'find-tc-filter' as const, entry, program })),
  ),
  'find-xdp-program': [null, 'eth0: xdp drop'].map((program) => ({
    id: 'find-xdp-program' as const,
    program,
  })),
  'find-socket-memory': [{ id: 'find-socket-memory' }],
  'find-missing-listener': inAll((entry) => ({ id: 'find-missing-listener', entry, port: 1883 })),
  'leave-cloud-tracking': [{ id: 'leave-cloud-tracking' }],
  'spare-cloud-allowance': (['link-local', 'packets', 'bandwidth'] as const).map((allowance) => ({
    id: 'spare-cloud-allowance' as const,
    allowance,
  })),
};

/** All of them. */
export const FIX_EXAMPLES: readonly Fix[] = Object.values(BY_ID).flat();
