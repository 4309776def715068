import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHostView } from '../../../src/sources/host-view.js';
import { limitRuleOf } from '../../../src/sources/on-demand/limit-rules.js';
import { openLimitSource } from '../../../src/sources/on-demand/limit-source.js';
import { HOST, probes } from '../../scenarios/stream.js';

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
});
