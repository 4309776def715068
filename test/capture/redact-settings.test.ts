import { expect, test } from 'vitest';
import { createRedactor } from '../../src/capture/index.js';
import { driftOf } from '../../src/limits/index.js';
import { decodeRecord } from '../../src/records/index.js';
import type { SettingsRecord } from '../../src/records/index.js';
import { NOTHING_SET, SETTINGS, sysctlFile } from '../limits/settings.js';

const HOST = { kernel: '6.1.0', memTotalBytes: 2e9 };
const MAX = 'net.netfilter.nf_conntrack_max';

const OF_ACME: SettingsRecord = {
  ...SETTINGS,
  sysctlFiles: [
    ...SETTINGS.sysctlFiles,
    sysctlFile('/etc/sysctl.d/60-acme-broker.conf', [
      ['net/netfilter/nf_conntrack_max', '262144'],
      ['kernel/domainname', 'acme.example'],
      ['net/ipv4/conf/acme0/rp_filter', '1'],
      ['Acme', '1'],
    ]),
  ],
  moduleOptions: [
    { module: 'nf_conntrack', option: 'hashsize', value: 'acme', file: '/etc/modprobe.d/acme.conf', line: 1 },
  ],
  unreadable: [{ what: '/etc/acme/acme.conf', why: 'EACCES' }],
};

test('settings keep what decides, and lose what says whose they are', () => {
  const redacted = createRedactor(Buffer.alloc(32, 7)).record(OF_ACME) as SettingsRecord;
  const text = JSON.stringify(redacted);
  expect(text).not.toMatch(/acme|broker/i);
  expect(text).toContain('/etc/sysctl.conf');
  expect(text).toMatch(/\/etc\/sysctl\.d\/60-name-[0-9a-f]{8}\.conf/);
  expect(decodeRecord(JSON.parse(text))).toEqual(redacted);
  for (const running of ['262144', '65536', '1']) {
    const [was, is] = [OF_ACME, redacted].map((settingsRecord) =>
      driftOf(settingsRecord, MAX, running, HOST),
    );
    expect(is?.verdict).toBe(was?.verdict);
    expect(is?.file?.line).toBe(was?.file?.line);
  }
});

test('nothing set stays nothing set', () => {
  expect(createRedactor().record(NOTHING_SET)).toEqual(NOTHING_SET);
});
