import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { ladderOf } from '../../../src/limits/index.js';
import type { LadderFilter } from '../../../src/limits/index.js';
import { limitsJson, limitsText } from '../../../src/render/index.js';
import { createEntryTally } from '../../../src/model/index.js';
import type { Window } from '../../../src/model/index.js';
import type { MetricName, SettingsRecord, StreamRecord } from '../../../src/records/index.js';
import { NOTHING_SET, SETTINGS, sysctlFile } from '../../limits/settings.js';
import { readBundled } from '../../scenarios/bundled.js';
import {
  COVERAGE,
  everySecond,
  HEADER,
  kernel,
  listening,
  node,
  windowFrom,
} from '../../scenarios/stream.js';

const ALL: LadderFilter = { port: null, pid: null, plateau: null };
const schema = JSON.parse(
  readFileSync(new URL('../../../docs/limits.schema.json', import.meta.url), 'utf8'),
) as object;
const matches = new Ajv2020({ allErrors: true, strict: true, strictRequired: false }).compile(schema);

const SET: SettingsRecord = {
  ...NOTHING_SET,
  sysctlFiles: [
    sysctlFile('/usr/lib/sysctl.d/50-a.conf', [['net/netfilter/nf_conntrack_max', '1000']]),
    sysctlFile('/etc/sysctl.d/90-b.conf', [
      ['net/core/somaxconn', '511'],
      ['net/netfilter/nf_conntrack_max', '65536'],
    ]),
  ],
  services: SETTINGS.services,
};

/** A host whose table fills by ten entries a second. */
function host(
  changes: { settings?: SettingsRecord; established?: number; comm?: string; fdLimit?: number } = {},
): Window {
  const { settings = SET, established = 10, comm = 'broker', fdLimit = 65_536 } = changes;
  return windowFrom(
    everySecond(4, (second): StreamRecord[] => [
      ...(second === 1 ? [settings] : []),
      node(second * 1000, {
        'net.netfilter.nf_conntrack_max': 65_536,
        'net.netfilter.nf_conntrack_buckets': 65_536,
        'fs.file-max': 65_530,
        'fs.file-nr.allocated': 2000,
      }),
      kernel(second * 1000, {
        'net.netfilter.nf_conntrack_count': 60_000 + second * 10,
        'net.core.somaxconn': 511,
        'net.ipv4.ip_local_port_range.low': 32_768,
        'net.ipv4.ip_local_port_range.high': 60_999,
        'Tcp.CurrEstab': established,
        'TcpExt.ListenDrops': second * 5,
      }),
      listening(
        second * 1000,
        { port: 1883, backlog: 511, owner: { pid: 171, comm } },
        { port: 22, inode: 5, owner: { pid: 9, comm: 'sshd' } },
      ),
      {
        type: 'processes',
        elapsedMs: second * 1000,
        processes: [
          { pid: 171, comm, fds: 50_000, fdLimit },
          { pid: 9, comm: 'sshd', fds: null, fdLimit: 1024 },
        ],
      },
      { ...COVERAGE, elapsedMs: second * 1000 },
    ]),
  );
}

test('the nearest ceiling is first, with its growth, the time until it is full, and the line that sets it', () => {
  const text = limitsText(ladderOf(host(), ALL), host(), false);
  const lines = text.split('\n');
  expect(lines[3]).toMatch(/^conntrack entries\s+60,040\s+65,536\s+92 %\s+\+10\s+9 min 10 s$/);
  expect(text.replaceAll(/\n {4}/g, ' ')).toContain(
    'net.netfilter.nf_conntrack_max: /etc/sysctl.d/90-b.conf:2; no effect: /usr/lib/sysctl.d/50-a.conf:1 (1,000, overridden)',
  );
  expect(text.replaceAll(/\n {4}/g, ' ')).toContain(
    'LimitNOFILE of broker.service: 65536 at /etc/systemd/system/broker.service.d/limits.conf:2',
  );
  expect(text.replaceAll(/\n {4}/g, ' ')).toContain(
    'capped by net.core.somaxconn (the program asked listen(2) for as much or more): /etc/sysctl.d/90-b.conf:1',
  );
  expect(text).toContain('The open files of 1 process could not be read');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});

test('an open file limit without a bound is said to be too large', () => {
  const textOf = (fdLimit: number): string =>
    limitsText(ladderOf(host({ fdLimit }), ALL), host({ fdLimit }), false).replaceAll(/\s+/g, ' ');
  expect(textOf(2 ** 30 - 8)).toContain('or die: set a figure such as 1,048,576');
  expect(textOf(1_048_576)).not.toContain('or die');
});

test.each([40, 60, 80, 120])(
  'in %d columns sentences fit, and the end of each name stays in its row',
  (width) => {
    const text = limitsText(ladderOf(host(), ALL), host(), true, null, width);
    for (const line of text.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(Math.max(width, 80));
      // A row of the table may need 80 columns.
      if (line.startsWith('    ')) expect(line.length).toBeLessThanOrEqual(width);
    }
    expect(text).toMatch(/^(accept )?queue \S*:1883 +\d+ /m);
  },
);

test('a port and a pid leave what binds them', () => {
  const of = (filter: Partial<LadderFilter>): string[] =>
    ladderOf(host(), { ...ALL, ...filter })
      .rungs.filter((rung) => rung.ceiling.scope.kind === 'listener' || rung.ceiling.scope.kind === 'process')
      .map((rung) => rung.ceiling.key);
  expect(of({})).toHaveLength(4);
  expect(of({ port: 1883 })).toEqual([
    expect.stringContaining('process-fds:171'),
    expect.stringContaining(':1883:'),
  ]);
  expect(of({ pid: 9 }).toSorted()).toEqual([expect.stringContaining(':22:'), 'process-fds:9']);
  // What binds the whole host binds them too.
  expect(ladderOf(host(), { ...ALL, pid: 9 }).rungs.some((rung) => rung.ceiling.id === 'conntrack')).toBe(
    true,
  );
});

test('where connections stand still while attempts go on, the ceilings of that value are named, and cleared', () => {
  const window = host({ established: 65_530 });
  const [plateau, ...rest] = ladderOf(window, ALL).plateaus;
  expect(rest).toEqual([]);
  expect(plateau).toMatchObject({ gauge: 'Tcp.CurrEstab', level: 65_530 });
  expect(plateau?.suspects.map(({ name, limit, verdict }) => [name, limit, verdict])).toEqual([
    ['nat-ports', 64_512, 'unknown'],
    ['file-handles', 65_530, 'cleared'],
    ['conntrack', 65_536, 'cleared'],
    ['process-fds', 65_536, 'cleared'],
  ]);
  expect(limitsText(ladderOf(window, ALL), window, false).replaceAll(/\n +/g, ' ')).toContain(
    'Established connections stay at 65,530 while new connections are',
  );
});

test.each([
  ['28,232 is the port range', 28_232, ['net.ipv4.ip_local_port_range']],
  ['512 is the accept queue of 511', 512, ['accept-queue', 'net.core.somaxconn']],
  ['12,345 is nothing', 12_345, []],
])('asked for: %s', (_what, level, names) => {
  const window = host();
  const [plateau] = ladderOf(window, { ...ALL, plateau: level }).plateaus;
  expect(
    plateau?.suspects
      .map((suspect) => suspect.name)
      .filter((text) => names.length === 0 || names.includes(text as never)),
  ).toEqual(names.length === 0 ? [] : expect.arrayContaining(names));
});

test('without attempts, or while it moves, nothing stands still', () => {
  expect(ladderOf(host({ established: 50 }), ALL).plateaus).toEqual([]);
  const moving = windowFrom(
    everySecond(5, (second) => [
      kernel(second * 1000, { 'Tcp.CurrEstab': 1000 * second, 'TcpExt.ListenDrops': second }),
    ]),
  );
  expect(ladderOf(moving, ALL).plateaus).toEqual([]);
  const idle = windowFrom(everySecond(5, (second) => [kernel(second * 1000, { 'Tcp.CurrEstab': 65_536 })]));
  expect(ladderOf(idle, ALL).plateaus).toEqual([]);
});

test.for<[what: string, growth: Readonly<Partial<Record<MetricName, number>>>, found: number]>([
  ['is a plateau while connections are refused', { 'TcpExt.ListenOverflows': 5, 'Tcp.PassiveOpens': 5 }, 1],
  [
    'is a pool where others take the place of those that go',
    { 'Tcp.ActiveOpens': 50, 'Tcp.PassiveOpens': 9 },
    0,
  ],
  ['is a pool beside a health check of a closed port', { 'Tcp.AttemptFails': 2, 'Tcp.ActiveOpens': 2 }, 0],
  ['is a pool with a refusal now and then', { 'TcpExt.ListenDrops': 1, 'Tcp.PassiveOpens': 100 }, 0],
  [
    'is a plateau of connects that are not answered',
    { 'TcpExt.TCPSynRetrans': 20, 'Tcp.ActiveOpens': 10 },
    1,
  ],
  ['is a pool on a bad line', { 'TcpExt.TCPSynRetrans': 5, 'Tcp.ActiveOpens': 100 }, 0],
])('a number of connections that stands still %s', ([, growth, found]) => {
  const grown = (second: number): Partial<Record<MetricName, number>> =>
    Object.fromEntries(Object.entries(growth).map(([metric, each]) => [metric, each * second]));
  const window = windowFrom(
    everySecond(10, (second) => [kernel(second * 1000, { 'Tcp.CurrEstab': 512, ...grown(second) })]),
  );
  expect(ladderOf(window, ALL).plateaus).toHaveLength(found);
});

test('a table that stands still at 87 % is a plateau only while it drops', () => {
  const ofTable = (drops: number): unknown[] => {
    const window = windowFrom(
      everySecond(10, (second) => [
        node(second * 1000, { 'net.netfilter.nf_conntrack_max': 65_536 }),
        kernel(second * 1000, {
          'net.netfilter.nf_conntrack_count': 57_000 + (second % 2),
          'Tcp.ActiveOpens': 300 * second,
          'nf_conntrack.drop': drops * second,
        }),
      ]),
    );
    return ladderOf(window, ALL).plateaus.map(({ gauge, level }) => [gauge, level]);
  };
  expect(ofTable(0)).toEqual([]);
  expect(ofTable(100)).toEqual([['net.netfilter.nf_conntrack_count', 57_000]]);
});

test('the JSON follows its schema, hostile names included', async () => {
  const { header, records } = await readBundled('conntrack-table-full');
  const hostile = {
    ...SET,
    sysctlFiles: [sysctlFile('/etc/\u001b[2J.conf', [['net/netfilter/nf_conntrack_max', '\u202e1']])],
  };
  for (const window of [
    host(),
    host({ established: 65_536, comm: '\u001b[31mevil\n' }),
    host({ settings: hostile }),
    windowFrom(records, header),
  ]) {
    const ladder = ladderOf(window, ALL);
    const json = limitsJson(ladder, window);
    expect(matches(JSON.parse(json)), JSON.stringify(matches.errors)).toBe(true);
    for (const text of [json, limitsText(ladder, window, true)])
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});

test('of an older capture it says that nothing is known of where limits are set', async () => {
  const { header, records } = await readBundled('conntrack-table-full');
  const window = windowFrom(records, header);
  const text = limitsText(ladderOf(window, ALL), window, false);
  expect(text).toContain('Where the limits are set was not recorded.');
  expect(text.split('\n')[3]).toMatch(/^conntrack in netns server .*65,536\s+65,536\s+100 %/);
  expect(HEADER.host).not.toBe(header.host);
});

const DUMP = { name: 'netns server', entries: 0, countBefore: 0, countAfter: 0, failure: null };

test.for([
  ['nobody fills empty tables', DUMP, 'none: the tables are empty', 0],
  [
    'a dump that failed is not a sum of 0',
    { ...DUMP, failure: 'conntrack -L ended with 1; it is for root' },
    'the tables could not be read',
    null,
  ],
] as const)('%s', ([, dump, sentence, entries]) => {
  const who = { tally: createEntryTally().build(8), dumps: [dump], names: new Map<string, string>() };
  const text = limitsText(ladderOf(host(), ALL), host(), false, who);
  expect(text).toContain(sentence);
  expect(text).not.toContain('By state');
  expect(text).not.toContain('Expiry without');
  const json = JSON.parse(limitsJson(ladderOf(host(), ALL), host(), who)) as {
    entries: { entries: unknown };
  };
  matches(json);
  expect({ errors: matches.errors, entries: json.entries.entries }).toEqual({ errors: null, entries });
});

test('what was asked for by name stands before what binds everyone', () => {
  const ladder = ladderOf(host(), { ...ALL, port: 1883 });
  expect(ladder.rungs.map((rung) => rung.ceiling.scope.kind).slice(0, 3)).toEqual([
    'process',
    'listener',
    'netns',
  ]);
});
