import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { conntrackUse, notrackRules, stockHost } from '../../../src/plan/index.js';
import type { HostReading } from '../../../src/records/index.js';
import { markRules } from '../../../src/sources/host/rules.js';

const base = stockHost({ memoryBytes: 1024 ** 3, cpus: 1, kernel: '6.1' });
const rules = { read: true, why: null, nat: false, stateful: false, containerInterfaces: [] };
const host = (has: Partial<HostReading>): HostReading => ({
  ...base,
  rules,
  conntrack: { module: 'loaded', holders: [] },
  ...has,
});

describe('whether conntrack could be done without', () => {
  it.each([
    ['nothing uses it', host({}), 'avoidable', true],
    ['NAT', host({ rules: { ...rules, nat: true } }), 'needed', false],
    ['a rule that looks at states', host({ rules: { ...rules, stateful: true } }), 'needed', true],
    ['containers', host({ rules: { ...rules, containerInterfaces: ['docker0'] } }), 'needed', false],
    ['IPVS', host({ conntrack: { module: 'loaded', holders: ['ip_vs'] } }), 'needed', false],
    ['unread rules', host({ rules: { ...rules, read: false, why: 'nft: no root' } }), 'unknown', false],
    ['no module', host({ conntrack: { module: 'absent', holders: [] } }), 'absent', false],
  ] as const)('%s', (_what, reading, verdict, notrackSafe) => {
    expect(conntrackUse(reading)).toMatchObject({ verdict, notrackSafe });
  });
});

describe('rules are read for what they match, not for what they are called', () => {
  it.each([
    ['table inet f { chain c { ct state established,related accept } }', { nat: false, stateful: true }],
    [
      'table ip n { chain p { type nat hook postrouting priority 100; masquerade } }',
      { nat: true, stateful: false },
    ],
    ['-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE', { nat: true, stateful: false }],
    ['-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', { nat: false, stateful: true }],
    ['-A INPUT -m state --state NEW -j ACCEPT', { nat: false, stateful: true }],
    [
      'table inet f { chain c { tcp dport 22 accept comment "no masquerade, no ct state" } }',
      { nat: false, stateful: false },
    ],
    [
      '-A INPUT -p tcp --dport 22 -m comment --comment "SNAT is elsewhere" -j ACCEPT',
      { nat: false, stateful: false },
    ],
    ['', { nat: false, stateful: false }],
  ])('%s', (text, marks) => {
    expect(markRules(text)).toEqual(marks);
  });
});

const nft = execaSync('unshare', ['-rn', 'nft', '--version'], { reject: false }).exitCode === 0;
if (!nft) console.warn('SKIPPED, nft or unshare is not there: the NOTRACK rules');

it.skipIf(!nft)('the NOTRACK rules are ones that nft takes', () => {
  const { exitCode, stderr } = execaSync('unshare', ['-rn', 'nft', '--check', '-f', '-'], {
    input: notrackRules([1883, 8883]),
    reject: false,
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});
