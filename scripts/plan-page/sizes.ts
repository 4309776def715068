import { assumedRate, planFor, stockHost } from '../../src/plan/index.js';
import type { Plan, ProfileName } from '../../src/plan/index.js';
import { formatBytes, formatCount, valueWords } from '../../src/render/index.js';
import { tableRow } from './table-row.js';

const GIB = 1024 ** 3;
export const COUNTS = [10_000, 100_000, 1_000_000, 10_000_000] as const;
/** RAM in GiB, with the CPUs that such a machine has. */
export const MACHINES = [
  [1, 1],
  [4, 2],
  [16, 8],
  [64, 16],
  [512, 64],
] as const;

interface Server {
  readonly title: string;
  readonly profile: ProfileName;
  readonly tlsShare: number;
}

export const SERVERS: readonly Server[] = [
  { title: 'an MQTT broker in C, such as Mosquitto', profile: 'mqtt', tlsShare: 0 },
  { title: 'EMQX', profile: 'emqx', tlsShare: 0 },
  { title: 'EMQX, all clients with TLS', profile: 'emqx', tlsShare: 1 },
];

/** Settings by the number of connections; the rest of a plan does not depend on it. */
const SETTINGS: readonly string[] = [
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_buckets',
  'fs.file-max',
  'fs.nr_open',
  'LimitNOFILE',
  'net.core.somaxconn',
  'net.core.netdev_max_backlog',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_max_orphans',
  'net.ipv4.tcp_mem',
  'node.max_ports',
];
/** Most buckets of the table of established sockets, unless thash_entries is given (tcp_init). */
const EHASH = 524_288;

/** A plan for a machine with the default settings of Linux 6.12. */
export function sizedPlan(server: Server, connections: number, memoryGib: number, cpus: number): Plan {
  const memoryBytes = memoryGib * GIB;
  const target = {
    connections,
    ratePerSec: assumedRate(connections),
    rateAssumed: true,
    profile: server.profile,
    tlsShare: server.tlsShare,
    ports: [1883],
    emqxVersion: server.profile === 'emqx' ? '5.8' : null,
  };
  return planFor(target, stockHost({ memoryBytes, cpus, kernel: '6.12' }), memoryBytes, cpus);
}

/** Whether so many fit on such a machine, and what gives first. */
export function sizeTables(): string {
  return [...SERVERS.map(serverTable), settingsTable()].join('\n');
}

function serverTable(server: Server): string {
  const [count, memoryGib, cpus] = [COUNTS[0], 64, 16];
  const each = formatBytes(sizedPlan(server, count, memoryGib, cpus).memory.perConnectionBytes);
  return [
    `**${server.title}**, ${each} per connection:`,
    '',
    tableRow(['RAM', ...COUNTS.map((item) => formatCount(item))]),
    tableRow(['--:', ...COUNTS.map(() => '---')]),
    ...MACHINES.map(([gib, processors]) =>
      tableRow([`${gib} GB`, ...COUNTS.map((item) => sizeCell(sizedPlan(server, item, gib, processors)))]),
    ),
    '',
  ].join('\n');
}

/** `25 %, first nf_conntrack_max` or `no: RAM at 52,000, before it …`. */
function sizeCell({ memory, stopsFirst }: Plan): string {
  const first =
    stopsFirst?.stopsAt == null
      ? null
      : `\`${stopsFirst.name.split('.').at(-1) ?? ''}\` at ${formatCount(stopsFirst.stopsAt)}`;
  if (memory.fits) {
    const share = Math.max(1, Math.round((memory.totalBytes / memory.memoryBytes) * 100));
    return `yes, ${share} % of the RAM; ${first === null ? 'no setting is too low' : `first: ${first}`}`;
  }
  const ram = `the RAM at ${formatCount(memory.most)}`;
  const isBefore = stopsFirst?.stopsAt != null && stopsFirst.stopsAt < memory.most;
  return `**no**: ${isBefore && first !== null ? `${first}, then ${ram}` : ram}`;
}

function settingsTable(): string {
  const [broker, emqx] = SERVERS;
  if (broker === undefined || emqx === undefined) throw new Error('no server');
  const neededOf = (name: string, count: number): string => {
    const server = name.startsWith('node.') ? emqx : broker;
    const found = sizedPlan(server, count, 512, 64).settings.find((setting) => setting.name === name);
    return valueWords(found?.needed ?? null);
  };
  return [
    'What these numbers need, whatever the machine (a higher value stays):',
    '',
    tableRow(['Setting', ...COUNTS.map((item) => formatCount(item))]),
    tableRow(['---', ...COUNTS.map(() => '--:')]),
    ...SETTINGS.map((name) => tableRow([`\`${name}\``, ...COUNTS.map((item) => neededOf(name, item))])),
    tableRow([
      'sockets per bucket of the kernel',
      ...COUNTS.map((item) => (item < EHASH ? 'below 1' : formatCount(Math.round(item / EHASH)))),
    ]),
    '',
  ].join('\n');
}
