import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { createEntryTally } from '../../../src/model/index.js';
import { ladderOf } from '../../../src/limits/index.js';
import { limitsJson, limitsText } from '../../../src/render/index.js';
import { byStream } from '../../../src/sources/conntrack/dump.js';
import { parseEntry } from '../../../src/sources/conntrack/parse-entry.js';
import { everySecond, kernel, windowFrom } from '../../scenarios/stream.js';

// Lines as conntrack-tools 1.4.7 and Linux 6.1 print them.
const TCP =
  'tcp      6 431999 ESTABLISHED src=10.0.0.7 dst=10.0.0.1 sport=40000 dport=1883 src=10.0.0.1 dst=10.0.0.7 sport=1883 dport=40000 [ASSURED] mark=0 use=1';
const UDP =
  'ipv4     2 udp      17 28 src=10.0.1.7 dst=10.0.0.1 sport=5353 dport=53 [UNREPLIED] src=10.0.0.1 dst=10.0.1.7 sport=53 dport=5353 mark=0 use=2';
const OFFLOADED =
  'tcp      6 src=10.0.0.7 dst=10.0.0.1 sport=40001 dport=443 src=10.0.0.1 dst=10.0.0.7 sport=443 dport=40001 [OFFLOAD] mark=0 use=3';
const ICMP6 =
  'icmpv6   58 29 src=2001:db8::7 dst=2001:db8::1 type=128 code=0 id=9 src=2001:db8::1 dst=2001:db8::7 type=129 code=0 id=9 mark=0 use=1';
const OTHER =
  'unknown  89 597 src=10.0.0.7 dst=224.0.0.5 [UNREPLIED] src=224.0.0.5 dst=10.0.0.7 mark=0 use=1';

test.each([
  [
    TCP,
    {
      protocol: 'tcp',
      state: 'ESTABLISHED',
      source: '10.0.0.7',
      destination: '10.0.0.1',
      port: 1883,
      timeoutSec: 431_999,
      assured: true,
    },
  ],
  [
    UDP,
    { protocol: 'udp', state: 'UNREPLIED', source: '10.0.1.7', port: 53, timeoutSec: 28, assured: false },
  ],
  [OFFLOADED, { protocol: 'tcp', state: 'REPLIED', port: 443, timeoutSec: null, assured: true }],
  [
    ICMP6,
    {
      protocol: 'icmpv6',
      state: 'REPLIED',
      source: '2001:db8::7',
      port: null,
      timeoutSec: 29,
      assured: false,
    },
  ],
  [OTHER, { protocol: '89', state: 'UNREPLIED', port: null, timeoutSec: 597 }],
])('%s is read', (line, expected) => {
  expect(parseEntry(line, 5)).toMatchObject({ netns: 5, ...expected });
});

test.each([
  '',
  'conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown.',
  'tcp 6',
  'tcp x 1 src=1 dst=2',
  '\u001b[2J',
])('%j is no entry', (line) => {
  expect(parseEntry(line, 5)).toBeNull();
});

test('the same is counted wherever the stream is cut, and an endless line is one bad line', async () => {
  const text = `${[TCP, UDP, OFFLOADED, ICMP6, OTHER].join('\n')}\n`;
  for (let at = 1; at < text.length; at += 7) {
    const lines: string[] = [];
    expect(
      await byStream(Readable.from([text.slice(0, at), text.slice(at)]), (line) => lines.push(line)),
    ).toBeNull();
    expect(lines.join('\n')).toBe(text.trimEnd());
  }
  const lengths: number[] = [];
  await byStream(Readable.from(['x'.repeat(10_000), 'x'.repeat(10_000), `\n${TCP}\n`]), (line) =>
    lengths.push(line.length),
  );
  expect(lengths).toEqual([4096, TCP.length]);
});

/** A dump of `count` entries, each from a source network and to a port of its own; made as it is read. */
function* dump(count: number): Generator<string> {
  for (let index = 0; index < count; index += 1) {
    const source = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
    const assured = index % 4 === 0 ? '' : '[ASSURED] ';
    yield `tcp      6 ${index % 500_000} ESTABLISHED src=${source} dst=10.9.9.9 sport=${index % 60_000} dport=${index % 65_536} src=10.9.9.9 dst=${source} sport=1 dport=2 ${assured}mark=0 use=1\n`;
  }
}

test('a large dump is counted in a memory that does not grow with it', async () => {
  const tally = createEntryTally();
  const counts = 200_000;
  let made = 0;
  let seen = 0;
  let ahead = 0;
  function* counted(): Generator<string> {
    for (const line of dump(counts)) {
      made += 1;
      yield line;
    }
  }
  await byStream(Readable.from(counted()), (line) => {
    const entry = parseEntry(line, 5);
    if (entry !== null) tally.add(entry);
    seen += 1;
    ahead = Math.max(ahead, made - seen);
  });
  // No more is held of the stream than is on its way.
  expect(ahead).toBeLessThan(1000);
  const built = tally.build(Infinity);
  expect(built).toMatchObject({ entries: counts, evictable: counts / 4 });
  for (const ranking of [built.byPort, built.bySource, built.byState, built.byNetns]) {
    // What has no place among the keys that are kept is counted all the same.
    expect(ranking.top.length).toBeLessThanOrEqual(20_000);
    expect(ranking.top.reduce((sum, { count }) => sum + count, 0) + ranking.others).toBe(counts);
  }
  expect(built.byPort.others).toBeGreaterThan(0);
  expect(built.expiry.reduce((sum, value) => sum + value, 0)).toBe(counts);
  expect(built.byState.top).toEqual([{ key: 'tcp ESTABLISHED', count: counts }]);
});

test('who fills the table is told at 80 columns and in JSON, with what the kernel counts beyond the dump', () => {
  const tally = createEntryTally();
  for (const line of [TCP, TCP, UDP, OFFLOADED, ICMP6, OTHER]) {
    const entry = parseEntry(line, 5);
    if (entry !== null) tally.add(entry);
  }
  const entries = {
    tally: tally.build(8),
    dumps: [
      { name: 'this network namespace', entries: 6, countBefore: 65_536, countAfter: 65_530, failure: null },
      { name: 'netns \u001b[31mevil', entries: 0, countBefore: null, countAfter: null, failure: 'EPERM' },
    ],
    names: new Map([['5', 'this network namespace']]),
  };
  const window = windowFrom(
    everySecond(2, (second) => [kernel(second * 1000, { 'net.netfilter.nf_conntrack_count': 6 })]),
  );
  const ladder = ladderOf(window, { port: null, pid: null, plateau: null });
  const text = limitsText(ladder, window, false, entries);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const flat = text.replaceAll(/\n +/g, ' ');
  expect(flat).toContain('6 dumped, 65,530 counted by the kernel; 65,524 counted but not listed');
  expect(text).toMatch(/tcp ESTABLISHED +2 +33 %/);
  expect(text).toMatch(/10\.0\.1\.0\/24 +1 +17 %/);
  expect(text).toMatch(/2001:db8:0:0::\/64 +1/);
  expect(text).toMatch(/not assured\) +3 +50 %/);
  expect(text).toMatch(/within 5 d +2 +33 %/);
  expect(text).not.toContain('\u001b');
  const schema = JSON.parse(
    readFileSync(new URL('../../../docs/limits.schema.json', import.meta.url), 'utf8'),
  ) as object;
  const matches = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);
  expect(matches(JSON.parse(limitsJson(ladder, window, entries))), JSON.stringify(matches.errors)).toBe(true);
});
