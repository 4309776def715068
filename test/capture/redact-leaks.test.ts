import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/capture/index.js';
import { isKnownSysctl, isKnownSysctlPrefix } from '../../src/capture/redact/known-sysctls.js';
import { SETTABLE_SYSCTLS, readSysctls } from '../../src/plan/names.js';
import { readAll } from './reading.js';

/** Stand-ins are hex digits: of a random secret, some day they spell what a test forbids. */
const SECRET = Buffer.alloc(32, 7);

const redactNote = (note: string): string => {
  const record = createRedactor(SECRET).record({ type: 'mark', elapsedMs: 0, note });
  return record?.type === 'mark' ? record.note : '';
};

describe('free text loses', () => {
  it.each<[what: string, note: string, secrets: string[]]>([
    ['a login of a letter and digits', 'u1234567 rebooted', ['u1234567', '1234567']],
    ['a phone number with spaces', 'tel 0170 5551234', ['0170', '5551234']],
    ['a phone number of one piece', 'tel 01705551234', ['01705551234']],
    ['an international phone number', 'tel +49 170 555 12 34', ['170', '555']],
    ['a phone number with dashes', 'tel 555-0199', ['555', '0199']],
    ['a decimal address', 'from 3405803853', ['3405803853']],
    ['a hexadecimal address', 'from 0xcb00714d or CB00714D', ['cb00714d']],
    ['an octal address', 'from 0313.0.0161.0115', ['0313', '0161']],
    ['an address with commas', 'from 203,0,113,77', ['203', '113']],
    ['an address with spaces', 'from 203 0 113 77', ['203', '113']],
    ['an address with dashes', 'ip-203-0-113-77', ['203', '113']],
    ['an address that is defanged', 'from 203[.]0[.]113[.]77 or 203(dot)0(dot)113(dot)77', ['203', '113']],
    ['an address in words', 'from 203 dot 0 dot 113 dot 77', ['203', '113']],
    ['a percent-encoded address', 'from 203%2E0%2E113%2E77', ['203', '113', '2E77']],
    ['a percent-encoded name', 'by %61%63%6d%65', ['%61', '63', '6d']],
    ['a network without its last number', 'net 203.0.113', ['203', '113']],
    [
      'an IPv6 address in every form',
      '2001:db8:0:0:0:0:cb00:714d ::ffff:cb00:714d',
      ['2001', 'cb00', '714d'],
    ],
    ['an IPv6 address without colons', 'at 20010db80000000000000000cb00714d', ['20010db8', '714d']],
    [
      'the name of an IPv6 address in the DNS',
      'd.4.1.7.0.0.b.c.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
      ['d.4', '8.b.d'],
    ],
    ['the name of an IPv4 address in the DNS', '77.113.0.203.in-addr.arpa', ['77.113', '203']],
    ['a UUID of digits', 'pod 33333333-1111-4222-8333-123456789012', ['33333333', '1111', '4222', '8333']],
    ['a UUID with underscores', 'pod33333333_1111_4222_8333_12345678abcd.slice', ['33333333', '4222']],
    ['a container id', 'cri-containerd-123456789012 4f1e0c2a9b7d', ['123456789012', '4f1e0c2a9b7d']],
    ['a number with letters', 'ticket INC0012345', ['0012345']],
  ])('%s', (_what, note, secrets) => {
    const redacted = redactNote(note).toLowerCase();
    for (const secret of secrets) expect(redacted).not.toContain(secret.toLowerCase());
  });

  it.each([
    'bpftrace ended with code 1',
    'stdin:3:1-20: ERROR: unknown struct',
    'bpftrace v0.23.2 needs root',
    'Linux 6.1.0: no kprobe',
    'pid 4711, key 65535, 3 of 9 probes attached at 20:41:07',
  ])('nothing that names nobody: %s', (note) => {
    expect(redactNote(note)).toBe(note);
  });
});

describe('a capture with names in every corner', () => {
  it('is redacted without a whole moment in it, and keeps none of them', async () => {
    const { reader, records } = await readAll(
      fileURLToPath(new URL('../fixtures/cases/redact-leaks.ctd', import.meta.url)),
    );
    const redactor = createRedactor(SECRET);
    const text = JSON.stringify([
      redactor.header(reader.header),
      ...records.map((record) => redactor.record(record)),
    ]);
    expect(text).not.toMatch(/acmecorp|u1234567|0170|5551234|3405803853|203.0.113|33333333|deploy/);
    expect(text).toContain('/etc/sysctl.d/90-name-');
  });
});

it.each([...new Set([...SETTABLE_SYSCTLS, ...readSysctls()])])(
  'knows the sysctl %s, which a plan sets or reads',
  (name) => {
    expect(isKnownSysctl(name.replaceAll('.', '/'))).toBe(true);
  },
);

it.each([
  ['net/netfilter/nf_conntrack_*', true],
  ['net/ipv4/conf/*/rp_filter', true],
  ['net/ipv4/acme*', false],
  ['net/ipv4/acmecorp-typo', false],
  [`net/${'*'.repeat(90)}x`, false],
])('a key %s is known: %s', (key, known) => {
  expect(isKnownSysctl(key)).toBe(known);
});

it('knows what known sysctls stand below', () => {
  expect(['net/netfilter', 'net/ipv4/', 'acme'].map(isKnownSysctlPrefix)).toEqual([true, true, false]);
});
