import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import type { StreamHeader, StreamRecord } from '../../../src/records/index.js';
import { diagnosisText } from '../../../src/render/index.js';
import { countersOnly, readBundled } from '../../scenarios/bundled.js';
import { HOSTILE_HEADER, hostileRecords } from '../../scenarios/hostile.js';
import { COVERAGE, HEADER, kernel, listening, node, tick, windowFrom } from '../../scenarios/stream.js';

function textOf(records: readonly StreamRecord[], header: StreamHeader = HEADER): string {
  const window = windowFrom(records, header);
  return diagnosisText(diagnose(window), window);
}

/** A line to be pasted, which stands alone and unbroken. */
const COMMAND =
  /^ {6}(sysctl -w|echo |printf '|mkdir -p|systemctl set|head -n|ss -|prlimit --pid|for [pt] in |nsenter -t|ip netns exec |\[ -e \/run\/|# Find what )/;

function tooWide(text: string): string[] {
  return text.split('\n').filter((line) => line.length > 80 && !COMMAND.test(line));
}

/** Breaks undone, so that a sentence can be looked for. */
const unbroken = (text: string): string => text.replace(/\n +/g, ' ').replaceAll('\n', ' ');

describe('the report of a recorded incident', () => {
  it.each([
    [
      'conntrack-table-full',
      [
        'CRITICAL  conntrack table full in netns server: 65,536 of 65,536; refused 10,039 attempts',
        "certain (100 %): the probe and the kernel's counter agree",
        '- conntrack entries in netns server: 65,536 of 65,536 entries (kernel: sysctl net.netfilter.nf_conntrack_count)',
        '- flows refused, table full in netns server: 10,039 packets in this window (probe: early_drop() returned 0)',
        'Fix: raise nf_conntrack_max to 262,144, with 262,144 buckets sysctl -w net.netfilter.nf_conntrack_buckets=262144 net.netfilter.nf_conntrack_max=262144 to make it persistent:',
        'to undo: ',
        'Coverage: bpftrace 0.17.0, 6 of 6 probes, 0 events lost.',
      ],
    ],
    [
      'accept-queue-overflow',
      [
        'CRITICAL  accept queue full at 10.0.0.1:8883, load(171) in netns server: backlog 16; refused 366 attempts',
        '- accept queue in netns server: 17 of 16 connections',
        'for t in /proc/171/task/*; do echo "$(cat $t/comm) $(cat $t/wchan)"; done',
        'conntrack-insert: nf_conntrack is not loaded',
        'Could not read: conntrack (nf_conntrack is not loaded).',
      ],
    ],
  ] as const)('says what a person needs: %s', async (name, sentences) => {
    const { header, records } = await readBundled(name);
    for (const sentence of sentences) expect(unbroken(textOf(records, header))).toContain(sentence);
    // What the counters alone tell is said with its doubts, in the same form.
    const counters = unbroken(textOf(countersOnly(records), header));
    expect(counters).toContain(sentences[0]);
    expect(counters).toContain('almost certain (9');
    expect(counters).toContain('no probe confirms it');
    expect(counters).toContain(
      'Coverage: kernel counters only (probes off: not root). Without probes, drops by firewall rules are not seen.',
    );
  });

  it('is ordered: verdict, evidence, fixes, nearest ceilings, coverage', async () => {
    const { header, records } = await readBundled('conntrack-table-full');
    const text = textOf(records, header);
    const places = [
      'ctdiag-vm  Linux 6.1.0-56-amd64',
      'CRITICAL',
      'Evidence',
      'Fix:',
      'Nearest ceilings',
      'Coverage:',
    ].map((word) => text.indexOf(word));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });
});

describe('the report of nothing', () => {
  it.each<[what: string, records: StreamRecord[], sentences: string[]]>([
    [
      'that could be read',
      [tick(0)],
      [
        'UNKNOWN  nothing could be read here; ctdiag doctor says why.',
        'No limit could be read.',
        'Coverage: not reported.',
      ],
    ],
    [
      'in a moment',
      [kernel(0, { 'softnet.dropped': 0 }), tick(0)],
      ['UNKNOWN  measuring: two samples are needed before anything can be said.'],
    ],
    [
      'in a while',
      [kernel(0, { 'softnet.dropped': 0 }), tick(0), kernel(9000, { 'softnet.dropped': 0 }), tick(9000)],
      ['OK  no limit stopped connections.', '(9 s)'],
    ],
    [
      'with probes that failed',
      [{ ...COVERAGE, probes: 'failed', reason: 'bpftrace ended with code 1' }, tick(0)],
      [
        'Coverage: kernel counters only (probes failed: bpftrace ended with code 1). Without probes, drops by firewall rules are not seen.',
      ],
    ],
  ])('%s says so', (_what, records, sentences) => {
    for (const sentence of sentences) expect(unbroken(textOf(records))).toContain(sentence);
  });
});

it('lists the five nearest ceilings, nearest first', () => {
  const text = textOf([
    node(0, {
      'fs.file-nr.allocated': 30,
      'fs.file-max': 100,
      'sockstat.TCP.orphan': 20,
      'net.ipv4.tcp_max_orphans': 100,
      'sockstat.TCP.mem': 10,
      'net.ipv4.tcp_mem.max': 100,
    }),
    kernel(0, { 'sockstat.TCP.tw': 40, 'net.ipv4.tcp_max_tw_buckets': 100 }),
    { type: 'processes', elapsedMs: 0, processes: [{ pid: 7, comm: 'broker', fds: 60, fdLimit: 100 }] },
    listening(0, { address: '::1', acceptQueue: 8, backlog: 16 }),
    tick(0),
  ]);
  expect(text.split('\n').flatMap((line) => /^ {2}(\S.*?) {2,}.* of .* %$/.exec(line)?.[1] ?? [])).toEqual([
    'fds broker(7)',
    'accept queue [::1]:8883',
    'TIME_WAIT',
    'file handles',
    'orphans',
  ]);
});

describe('a hostile stream', () => {
  const text = textOf(hostileRecords(), HOSTILE_HEADER);

  it('makes every finding, so that every wording is tried', () => {
    for (const code of ['conntrack-table-full', 'conntrack-table-filling', 'accept-queue-overflow'])
      expect(text).toContain(code);
    expect(text).toContain('Evidence against');
  });

  it('puts nothing raw on the terminal', () => {
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  });

  it('is never wider than 80 columns', () => {
    expect(tooWide(text)).toEqual([]);
  });

  it('gets no word into a command', () => {
    const commands = text.split('\n').filter((line) => COMMAND.test(line));
    expect(new Set(commands.map((command) => command.trim().split(' ')[0]))).toEqual(
      new Set(['#', '[', 'for', 'nsenter', 'prlimit']),
    );
    // What the shell needs for pipes and substitutions is our own; nothing else is in them.
    for (const command of commands) expect(command).toMatch(/^[\w ./=':;%\\>$()|&{}"#[\],+<*-]*$/);
    expect(commands.join()).not.toMatch(/evil|pwned|xxx/);
  });
});

it('is no wider than 80 columns in the recorded incidents either', async () => {
  for (const name of ['conntrack-table-full', 'accept-queue-overflow'] as const) {
    const { header, records } = await readBundled(name);
    expect(tooWide(textOf(records, header))).toEqual([]);
  }
});
