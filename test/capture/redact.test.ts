import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAddressMap } from '../../src/capture/redact/addresses.js';
import { createRedactor, openCaptureWriter } from '../../src/capture/index.js';
import { diagnose } from '../../src/diagnose/index.js';
import type { StreamHeader, StreamRecord } from '../../src/records/index.js';
import { readBundled } from '../scenarios/bundled.js';
import { CONTAINER, COVERAGE, HEADER, HOST, listening, tick, windowFrom } from '../scenarios/stream.js';
import { scratch } from './files.js';

const SECRET = Buffer.alloc(32, 7);
const bitsOf4 = (text: string): string =>
  text
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
const sharedBits = (a: string, b: string): number => {
  const differs = Array.from(a).findIndex((bit, index) => bit !== b[index]);
  return differs === -1 ? a.length : differs;
};
const groupsOf6 = (text: string): string =>
  Array.from(new URL(`http://[${text}]/`).hostname.slice(1, -1).matchAll(/::|[0-9a-f]+/g), ([one]) => one)
    .flatMap((text, _index, all) => (text === '::' ? new Array<string>(9 - all.length).fill('0') : [text]))
    .map((text) => parseInt(text, 16).toString(2).padStart(16, '0'))
    .join('');

describe('the stand-ins of two addresses', () => {
  it('share as many leading bits as the addresses do, of IPv4', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat({ max: 32 }), (a, other, shared) => {
        const bits = (bitsOf4(a).slice(0, shared) + bitsOf4(other).slice(shared)).match(/.{8}/g) ?? [];
        const b = bits.map((byte) => parseInt(byte, 2)).join('.');
        fc.pre(![a, b].some((text) => text === '0.0.0.0' || text === '127.0.0.1'));
        const map = createAddressMap(SECRET);
        const [mappedA, mappedB] = [map.map(a) ?? '', map.map(b) ?? ''];
        expect([isIP(mappedA), isIP(mappedB)]).toEqual([4, 4]);
        expect(sharedBits(bitsOf4(mappedA), bitsOf4(mappedB))).toBe(sharedBits(bitsOf4(a), bitsOf4(b)));
      }),
    );
  });

  it('share as many leading bits as the addresses do, of IPv6', () => {
    const map = createAddressMap(SECRET);
    const rows = ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', '2a02:8108::', 'fe80::1'];
    for (const a of rows)
      for (const b of rows) {
        const [mappedA, mappedB] = [map.map(a) ?? '', map.map(b) ?? ''];
        expect(isIP(mappedA)).toBe(6);
        expect(sharedBits(groupsOf6(mappedA), groupsOf6(mappedB))).toBe(
          sharedBits(groupsOf6(a), groupsOf6(b)),
        );
      }
  });

  it('are the same for a network as for the addresses in it, and differ with the secret', () => {
    const map = createAddressMap(SECRET);
    const host = map.map('10.1.2.3') ?? '';
    expect(map.map('10.1.2.0/24')).toBe(`${host.replace(/\d+$/, '0')}/24`);
    expect(map.map('::ffff:10.1.2.3')).toBe(`::ffff:${host}`);
    expect(createAddressMap(Buffer.alloc(32, 8)).map('10.1.2.3')).not.toBe(host);
    for (const plain of ['0.0.0.0', '::', '127.0.0.1', '::1']) expect(map.map(plain)).toBe(plain);
    for (const none of ['', 'web-07', '10.1.2', '300.1.1.1', '12:30:00', 'x/24'])
      expect(map.map(none)).toBeNull();
  });
});

/** Everything in a stream that says whose it is. */
const SECRETS = [
  ['acme-prod-web07', 'acme', 'web07'],
  ['10.20.30.40', '2001:db8:77::5', 'fe80::abcd:1', '10.99.0.0/24', '172.31.255.254', '2001:db8:99::/64'],
  ['brokerd', 'päymentd', '🔥🔥', 'shop_worker', 'billing-eu', 'ns-billing', 'pod77', 'sidecar'],
  ['alice', 'de:ad:be:ef:00:01', 'ip-10-20-30-41', '11f0e1d2', 'Contoso', 'contoso'],
].flat();

const header: StreamHeader = {
  ...HEADER,
  host: 'acme-prod-web07',
  kernel: '6.1.0-56-acme-amd64',
  bootId: '11f0e1d2-0000-4000-8000-000000000001',
};

const records: StreamRecord[] = [
  { type: 'netns', elapsedMs: 0, netns: CONTAINER, label: 'netns ns-billing' },
  { type: 'netns', elapsedMs: 0, netns: CONTAINER + 1, label: 'netns of sidecar(812)' },
  { type: 'netns', elapsedMs: 0, netns: CONTAINER + 2, label: 'container pod77 of Contoso' },
  { type: 'netns', elapsedMs: 0, netns: CONTAINER + 3, label: 'pod77' },
  listening(
    0,
    { address: '10.20.30.40', owner: { pid: 9, comm: 'brokerd' } },
    { address: '2001:db8:77::5', owner: { pid: 10, comm: 'päymentd' } },
    { address: '::', owner: { pid: 11, comm: '🔥🔥' } },
    { address: 'fe80::abcd:1%acme', owner: null },
  ),
  {
    type: 'processes',
    elapsedMs: 0,
    processes: [
      {
        pid: 9,
        comm: 'shop_worker',
        fds: 1,
        fdLimit: 2,
        tasks: { cgroup: '/system.slice/billing-eu.service', used: 1, limit: 2, refused: 0 },
      },
    ],
  },
  {
    type: 'flows',
    elapsedMs: 0,
    sinceMs: 0,
    refused: [
      {
        netns: HOST,
        source: '10.99.0.0/24',
        destination: '172.31.255.254',
        port: 443,
        protocol: 'tcp',
        count: 5,
      },
    ],
    refusedOthers: 0,
    opened: [
      {
        netns: HOST,
        source: '2001:db8:99::/64',
        destination: '2001:db8:77::5',
        port: 1,
        protocol: 'udp',
        count: 1,
      },
    ],
    openedOthers: 3,
  },
  {
    ...COVERAGE,
    reason: 'bpftrace ended with code 1: /home/alice/bpftrace: cannot reach 10.20.30.40:80 of brokerd',
    hooks: [
      {
        hook: 'conntrack-drop',
        state: 'failed',
        variant: 'kprobe',
        reason: 'stdin:3:1-20: ERROR: on acme-prod-web07',
      },
    ],
    unreadable: [{ what: '/proc/9/root/srv/contoso', why: 'EACCES from fe80::abcd:1, de:ad:be:ef:00:01.' }],
  },
  {
    type: 'gap',
    elapsedMs: 1,
    source: 'bpftrace',
    fromMs: 0,
    reason: 'killed by päymentd at ::ffff:10.20.30.40.',
  },
  { type: 'mark', elapsedMs: 1, note: 'Contoso restarted 🔥🔥 on ip-10-20-30-41 (2001:db8:77::5)' },
  { type: 'unknown', elapsedMs: 1, originalType: 'contoso' },
  tick(1000),
  { type: 'end', elapsedMs: 1000, reason: 'stopped by alice' },
];

describe('a redacted capture', () => {
  it.each(['x.ctd', 'x.ctd.gz'])('holds no byte of a name or an address: %s', async (name) => {
    const redactor = createRedactor(SECRET);
    const path = join(scratch(), name);
    const writer = openCaptureWriter(path, redactor.header(header), false);
    for (const record of records) {
      const left = redactor.record(record);
      if (left !== null) writer.write(left);
    }
    await writer.close();
    const bytes = readFileSync(path);
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').toLowerCase();
    // JSON may spell a character otherwise.
    const spelled = JSON.stringify(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown),
    );
    for (const secret of SECRETS) {
      expect(text).not.toContain(secret.toLowerCase());
      expect(spelled).not.toContain(secret.toLowerCase());
    }
    // What a reader needs is there.
    expect(text).toContain('bpftrace ended with code 1');
    expect(text).toContain('"kernel":"6.1.0-56-name-');
    expect(text).toContain('stdin:3:1-20: error: on');
    expect(text).toContain('"port":443');
  });

  it('gives one name one stand-in, wherever it stands', () => {
    const redactor = createRedactor(SECRET);
    const [first, second] = [0, 1].map((at) => {
      const listeners = listening(at, { owner: { pid: at, comm: 'brokerd' }, address: '10.20.30.40' });
      const record = redactor.record(listeners);
      if (record?.type !== 'listeners') throw new Error('it became another record');
      return record.listeners[0];
    });
    expect(second).toMatchObject({
      address: first?.address,
      owner: { pid: 1, comm: first?.owner?.comm },
    });
    expect(first?.owner?.comm).toMatch(/^process-[0-9a-f]{8}$/);
    expect(redactor.record({ type: 'mark', elapsedMs: 0, note: 'at 10.20.30.40' })).toMatchObject({
      note: `at ${first?.address ?? ''}`,
    });
  });

  it.each(['conntrack-table-full', 'accept-queue-overflow'] as const)(
    'is diagnosed as the one it is made of: %s',
    async (name) => {
      const { header: original, records: all } = await readBundled(name);
      const redactor = createRedactor(SECRET);
      const redacted = all.flatMap((streamRecord) => redactor.record(streamRecord) ?? []);
      const figures = (stream: readonly StreamRecord[], of: StreamHeader): unknown => {
        const { status, findings } = diagnose(windowFrom(stream, of));
        return [
          status,
          findings.map(({ code, severity, confidence, sinceMs, refused, evidence }) => [
            code,
            severity,
            confidence,
            sinceMs,
            refused,
            evidence.map(({ metric, value, limit }) => [metric, value, limit]),
          ]),
        ];
      };
      expect(figures(redacted, redactor.header(original))).toEqual(figures(all, original));
    },
  );
});
