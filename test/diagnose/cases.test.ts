import { expect, it } from 'vitest';
import { diagnosisOfCase } from '../scenarios/cases.js';

it.each<[situation: string, file: string, findings: unknown[]]>([
  [
    'a queue above its backlog, though nobody comes',
    'queue-full-nobody-comes.ctd',
    [['accept-queue-overflow', 'critical']],
  ],
  [
    'SYNs lost with tcp_syncookies 0, by the counters',
    'syncookies-0-counters.ctd',
    [['syn-queue-overflow', 'critical']],
  ],
  ['the same beside probes', 'syncookies-0-probes.ctd', [['syn-queue-overflow', 'critical']]],
  ['a healthy host with tcp_syncookies 2', 'syncookies-2-healthy.ctd', []],
  [
    'connects that fail while no destination holds the range',
    'eaddrnotavail-bound-first.ctd',
    [['ephemeral-ports-exhausted', 'critical']],
  ],
  ['some blocked SYNs in an hour', 'blocked-syns-an-hour.ctd.gz', []],
])('%s', async (_situation, file, findings) => {
  const diagnosis = await diagnosisOfCase(file);
  expect(diagnosis.findings.map((finding) => [finding.code, finding.severity])).toEqual(findings);
});
