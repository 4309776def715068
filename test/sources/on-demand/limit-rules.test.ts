import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHostView } from '../../../src/sources/host-view.js';
import { isHiddenLimit, limitRuleOf } from '../../../src/sources/on-demand/limit-rules.js';
import { openLimitSource } from '../../../src/sources/on-demand/limit-source.js';
import { CONTAINER, HOST, probes } from '../../scenarios/stream.js';

test.for<[line: string, rule: unknown]>([
  [
    '\t\ttcp dport 8883 ct state new add @clients { ip saddr ct count over 20 } counter packets 3 bytes 180 drop',
    { kind: 'connections', most: 20, packets: 3 },
  ],
  ['\t\tct count over 100 reject with tcp reset', { kind: 'connections', most: 100, packets: null }],
  [
    '\t\ttcp flags syn limit rate over 10/second burst 5 packets counter packets 7 bytes 420 drop',
    { kind: 'rate', most: null, packets: 7 },
  ],
  [
    '[9:540] -A INPUT -p tcp -m connlimit --connlimit-above 5 --connlimit-mask 32 --connlimit-saddr -j REJECT --reject-with tcp-reset',
    { kind: 'connections', most: 5, packets: 9 },
  ],
  [
    '[4:240] -A INPUT -m hashlimit --hashlimit-above 20/sec --hashlimit-mode srcip --hashlimit-name syn -j DROP',
    { kind: 'rate', most: null, packets: 4 },
  ],
  // What passes is counted, not what is refused after it.
  ['\t\tlimit rate 10/second counter packets 7 bytes 420 accept', null],
  ['[4:240] -A INPUT -m limit --limit 10/sec -j ACCEPT', null],
  ['\t\tct count over 20 counter packets 3 bytes 180 log prefix "drop "', null],
  ['\t\ttcp dport 22 counter packets 3 bytes 180 drop comment "ct count over 5"', null],
])('%s', ([line, rule]) => {
  expect(limitRuleOf(line)).toEqual(rule);
});

// As nft 1.0.6 and 1.1 print rules of iptables-nft.
test.for([
  ['\t\ttcp dport 99 xt match connlimit counter packets 0 bytes 0 reject', true],
  ['\t\ttcp dport 99 xt match "hashlimit" counter packets 0 bytes 0 drop', true],
  ['\t\ttcp dport 99 xt match "comment" counter packets 0 bytes 0 drop', false],
] as const)('%s: a limit without its figures %s', ([line, hidden]) => {
  expect(isHiddenLimit(line)).toBe(hidden);
  expect(limitRuleOf(line)).toBeNull();
});

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'ctdiag-rules-'));
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH'] ?? ''}`);
});
afterEach(() => {
  rmSync(bin, { recursive: true });
  vi.unstubAllEnvs();
});

test('rules are read while many SYNs are dropped, soon once more, and not for what scanners send', async () => {
  let packets = 0;
  const counts = (to: number): void => {
    packets = to;
    writeFileSync(
      join(bin, 'nft'),
      `#!/bin/sh\necho 'ct count over 5 counter packets ${packets} bytes 1 drop'\n`,
    );
    chmodSync(join(bin, 'nft'), 0o755);
  };
  const view = createHostView(HOST);
  const source = openLimitSource({ view });
  const look = async (elapsedMs: number, dropped: number): Promise<unknown> => {
    view.note(probes(elapsedMs, { 'probe.netfilter_drop_syn': dropped }));
    source.poll(elapsedMs);
    await source.settled();
    return view.extraFigures.get(HOST)?.['rules.connection_limit_packets'];
  };
  counts(100);
  expect(await look(0, 5000)).toBeUndefined();
  expect(await look(1000, 5009)).toBeUndefined();
  expect(await look(2000, 5010)).toBe(100);
  counts(130);
  expect(await look(3000, 5020)).toBe(100);
  expect(await look(7000, 5040)).toBe(130);
  // Once more without a SYN, then no more.
  counts(131);
  expect(await look(12_000, 5040)).toBe(131);
  counts(132);
  expect(await look(17_000, 5049)).toBe(131);
});

test('where SYNs are dropped all day, a look comes every half minute', async () => {
  const calls = join(bin, 'calls');
  writeFileSync(join(bin, 'nft'), `#!/bin/sh\necho 'ct count over 5 drop'; echo x >>'${calls}'\n`, {
    mode: 0o755,
  });
  const view = createHostView(HOST);
  const source = openLimitSource({ view });
  for (let second = 0; second <= 600; second += 5) {
    view.note(probes(second * 1000, { 'probe.netfilter_drop_syn': 20 * second }));
    source.poll(second * 1000);
    await source.settled();
  }
  expect(readFileSync(calls, 'utf8').trim().split('\n').length).toBeLessThanOrEqual(6 + 600 / 30);
}, 60_000);

test('a limit that nft hides is read from iptables-save, beside what nft lists', async () => {
  const print = (name: string, ...lines: string[]): void =>
    writeFileSync(join(bin, name), ['#!/bin/sh', ...lines.map((line) => `echo '${line}'`), ''].join('\n'), {
      mode: 0o755,
    });
  print(
    'nft',
    'limit rate over 9/second counter packets 4 bytes 1 drop',
    'xt match connlimit counter packets 0 bytes 0 reject',
  );
  print('iptables-save', '[7:1] -A INPUT -m connlimit --connlimit-above 5 -j REJECT');
  print('ip6tables-save', '[2:1] -A INPUT -m connlimit --connlimit-above 3 -j REJECT');
  const view = createHostView(HOST);
  const source = openLimitSource({ view });
  source.poll(0);
  view.note(probes(1000, { 'probe.netfilter_drop_syn': 20 }));
  source.poll(1000);
  await source.settled();
  expect(view.extraFigures.get(HOST)).toEqual({
    'rules.rate_limit_packets': 4,
    'rules.connection_limit_packets': 9,
    'rules.connection_limit': 3,
  });
});

test('rules of another namespace are read in it, and only while SYNs are dropped there', async () => {
  const commands = join(bin, 'commands');
  writeFileSync(
    join(bin, 'nsenter'),
    `#!/bin/sh\necho "$*" >>'${commands}'\necho 'ct count over 5 counter packets 30 bytes 1 drop'\n`,
  );
  chmodSync(join(bin, 'nsenter'), 0o755);
  const view = createHostView(HOST);
  view.namespaces = [{ netns: CONTAINER, pid: 812, file: '/proc/812/ns/net', label: 'pod' }];
  const source = openLimitSource({ view });
  const look = async (elapsedMs: number, dropped: number): Promise<unknown> => {
    view.note(probes(elapsedMs, { 'probe.netfilter_drop_syn': 0 }));
    view.note(probes(elapsedMs, { 'probe.netfilter_drop_syn': dropped }, CONTAINER));
    source.poll(elapsedMs);
    await source.settled();
    return view.extraFigures.get(CONTAINER)?.['rules.connection_limit_packets'];
  };
  expect(await look(0, 500)).toBeUndefined();
  expect(await look(1000, 505)).toBeUndefined();
  expect(await look(2000, 530)).toBe(30);
  expect(view.extraFigures.get(HOST)).toBeUndefined();
  expect(readFileSync(commands, 'utf8')).toMatch(/^--net=\/proc\/812\/ns\/net .*nft list ruleset\n$/);
});
