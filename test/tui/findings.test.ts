import { describe, expect, it } from 'vitest';
import { FINDING_CODES } from '../../src/diagnose/index.js';
import type { Finding, FindingCode, Subject } from '../../src/diagnose/index.js';
import { composeScreen } from '../../tui/compose.js';
import { textOf } from '../../tui/draw/line.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { INITIAL_UI } from '../../tui/state/ui-state.js';
import type { View } from '../../tui/state/ui-state.js';
import { FIX_EXAMPLES } from '../render/words/fix-examples.js';
import { fixWords, lookupCommands } from '../../src/render/index.js';
import { incidentState, LISTENER } from './incident.js';

const CODES = FINDING_CODES;

const LONG = { ...LISTENER, address: '2001:db8:1234:5678:9abc:def0:1234:5678', port: 65535 };
const SUBJECTS: readonly Subject[] = [
  { kind: 'node' },
  { kind: 'netns', netns: 4026531840, label: null },
  { kind: 'netns', netns: 4026532999, label: 'a-namespace-with-a-name-that-goes-on-and-on' },
  { kind: 'listener', listener: LISTENER, netnsLabel: null },
  { kind: 'listener', listener: { ...LONG, netns: 1, owner: null, backlog: null }, netnsLabel: 'a-pod' },
  { kind: 'process', process: { pid: 4194304, comm: 'a-process-of-16c', fds: 1024, fdLimit: 1024 } },
];

const QUIET = incidentState(20, { triedPerSec: () => 5 });

function found(code: FindingCode, subject: Subject, changes: Partial<Finding> = {}): Finding {
  return {
    code,
    severity: 'critical',
    confidence: 0.95,
    confidenceReasons: ['counter-alone'],
    subject,
    refused: 1_234_567,
    refusedPerSec: 98_765.4,
    evidence: [
      {
        metric: 'net.netfilter.nf_conntrack_count',
        measure: 'level',
        value: 65_536,
        limit: 65_536,
        source: 'kernel',
        subject,
      },
    ],
    against: [],
    sinceMs: 5000,
    untilMs: null,
    causedBy: null,
    fixes: [],
    ...changes,
  };
}

function withFindings(findings: readonly Finding[]): ScreenState {
  const { diagnosis } = QUIET;
  if (diagnosis === null) throw new Error('no diagnosis');
  return { ...QUIET, diagnosis: { ...diagnosis, status: 'critical', findings } };
}

/** Everything that a screen of that size shows, by pane. */
function drawn(state: ScreenState, width: number, height: number, view: View): Map<string, string[]> {
  const look = { color: true, ascii: false };
  const { panes } = composeScreen(state, { ...INITIAL_UI, view }, { width, height }, look);
  for (const { name, rect, lines } of panes) {
    expect(rect.left + rect.width, name).toBeLessThanOrEqual(width);
    expect(rect.top + rect.height, name).toBeLessThanOrEqual(height);
    for (const line of lines) expect(textOf(line).length, name).toBeLessThanOrEqual(rect.width);
  }
  return new Map(panes.map((pane) => [pane.name, pane.lines.map(textOf)]));
}

const VIEWS: readonly View[] = [
  { kind: 'main' },
  { kind: 'detail', finding: 0 },
  ...(['ladder', 'rates', 'charts', 'who', 'events', 'limits', 'coverage'] as const).map(
    (pane) => ({ kind: 'pane', pane }) as const,
  ),
];

it('knows of the codes that there are', () => {
  expect(CODES.length).toBeGreaterThanOrEqual(8);
});

describe.each(CODES)('%s', (code) => {
  it.each([
    ['going on', {}],
    ['as a warning', { severity: 'warning', refused: 0, refusedPerSec: null }],
    ['with nothing known', { refused: null, refusedPerSec: null, evidence: [], confidenceReasons: [] }],
    ['over', { untilMs: 15_000, refusedPerSec: 0 }],
    ['as a consequence', { causedBy: 'process-fd-limit' }],
  ] satisfies [string, Partial<Finding>][])(
    '%s, of whomever, breaks no view at any size',
    (_how, changes) => {
      for (const subject of SUBJECTS) {
        const state = withFindings([found(code, subject, changes), found('system-file-limit', subject)]);
        for (const view of VIEWS)
          for (const [width, height] of [
            [80, 24],
            [120, 36],
            [59, 15],
          ] as const) {
            const text = [...drawn(state, width, height, view).values()].flat().join('\n');
            expect(text).not.toMatch(/undefined|NaN|\[object/);
          }
        const verdict = drawn(state, 80, 24, { kind: 'main' }).get('verdict') ?? [];
        expect(verdict[0]).toMatch(/^[✖▲] \S.{10}/);
        expect(verdict.find((row) => /^ {2}(?:fix|check) {2}/.test(row))).toMatch(/ {2}\S.{10}/);
        expect(verdict.find((row) => /^ {2}(?:since|\d\d:)/.test(row))).toBeDefined();
      }
    },
  );
});

it('many findings at once leave the first its verdict and its fix, and say how many more there are', () => {
  const subject: Subject = { kind: 'listener', listener: LISTENER, netnsLabel: null };
  const state = withFindings(CODES.map((code) => found(code, subject)));
  const verdict = drawn(state, 80, 24, { kind: 'main' }).get('verdict') ?? [];
  expect(verdict.join('\n')).toMatch(/^ {2}(?:fix|check) {2}/m);
  expect(verdict.at(-1)).toMatch(new RegExp(`and ${CODES.length - 1} more: enter, then tab|fix`));
});

it.each([
  ['goes on', null, 'fix  raise vm.max_map_count to 65,530: sysctl -w vm.max_map_count=65530'],
  ['is over', 15_000, 'fix  for next time: sysctl -w vm.max_map_count=65530'],
])('what %s has its fix, hurried or not', (_how, untilMs, row) => {
  const finding = found(
    'map-count-limit',
    { kind: 'node' },
    { untilMs, fixes: [{ id: 'raise-max-map-count', from: 1200, to: 65_530 }] },
  );
  expect(
    drawn(withFindings([finding]), 80, 24, { kind: 'main' })
      .get('verdict')
      ?.join('\n'),
  ).toContain(row);
});

it('what is over with no fix left says so', () => {
  const finding = found('map-count-limit', { kind: 'node' }, { untilMs: 15_000 });
  const verdict = drawn(withFindings([finding]), 80, 24, { kind: 'main' }).get('verdict');
  expect(verdict?.join('\n')).toContain('recovered: nothing to fix');
});

/** The row of the next command as a person copies it, two rows as the shell joins them. */
function commandShown(state: ScreenState): string {
  const rows = drawn(state, 80, 24, { kind: 'main' }).get('verdict') ?? [];
  const start = rows.findIndex((row) => /^ {2}(?:fix|check) {2}/.test(row));
  const [first = '', second = ''] = rows.slice(start).map((row) => row.replace(/ {2,}enter: .*$/, '').trim());
  return (first.endsWith('\\') ? `${first.slice(0, -1)}${second}` : first).replace(/^(?:fix|check) {2}/, '');
}

it('at 80 columns the verdict of every fix and check has a whole command, never the start of one', () => {
  for (const fix of FIX_EXAMPLES) {
    const finding = found('task-limit', { kind: 'node' }, { fixes: [fix] });
    const { action, command, brief } = fixWords(fix);
    const shown = commandShown(withFindings([finding]));
    const forms = [command, brief, ...lookupCommands(finding.evidence), 'ctdiag limits'];
    const whole = forms.flatMap((form) => (form == null ? [] : [form, `${action}: ${form}`]));
    expect(whole).toContain(shown);
  }
});

it('where the first fix is too long, the next command that fits is shown, and the way to the fix', () => {
  const entry = { netns: 1, by: { kind: 'host' }, container: null } as const;
  const ports = { netns: 1, source: '10.0.0.1', destination: '10.0.0.2', port: 443, used: 9, timeWait: 0 };
  const finding = found(
    'ephemeral-ports-exhausted',
    { kind: 'node' },
    {
      fixes: [
        { id: 'widen-port-range', entry, low: 32_768, high: 60_999 },
        { id: 'reuse-time-wait', entry, from: 2 },
        { id: 'find-port-holders', ports, entry },
      ],
    },
  );
  const rows = drawn(withFindings([finding]), 80, 24, { kind: 'main' }).get('verdict') ?? [];
  expect(rows.join('\n')).toMatch(/^ {2}fix {2}sysctl -w net\.ipv4\.tcp_tw_reuse=1 +enter: the fix$/m);
});

it('evidence of another namespace is read there', () => {
  const subject: Subject = { kind: 'netns', netns: 4_026_532_999, label: null };
  const evidence = [
    { metric: 'TcpExt.ListenOverflows', measure: 'growth', value: 7, limit: null, source: 'kernel', subject },
  ] as const;
  const host = QUIET.window?.header.netns ?? null;
  expect(lookupCommands(evidence, host)).toEqual([
    'nsenter -t $(lsns -no PID 4026532999 | head -n 1) -n nstat -az TcpExtListenOverflows',
  ]);
  expect(lookupCommands(evidence, 4_026_532_999)).toEqual(['nstat -az TcpExtListenOverflows']);
});
