import { describe, expect, it } from 'vitest';
import { FINDING_CODES } from '../../../src/diagnose/index.js';
import type { Finding, Subject } from '../../../src/diagnose/index.js';
import { ceilingTitle, titlesOf } from '../../../src/render/index.js';
import { LISTENER } from '../../tui/incident.js';

const SUBJECTS: readonly Subject[] = [
  { kind: 'node' },
  { kind: 'netns', netns: 7, label: 'router' },
  { kind: 'listener', listener: LISTENER, netnsLabel: null },
  { kind: 'process', process: { pid: 812, comm: 'mosquitto', fds: 9, fdLimit: 9 } },
  {
    kind: 'ports',
    ports: { netns: 7, source: '10.0.0.1', destination: '10.0.0.11', port: 9010, used: 9, timeWait: 0 },
    netnsLabel: null,
  },
];

const FINDING: Finding = {
  code: 'tcp-memory',
  severity: 'critical',
  confidence: 1,
  confidenceReasons: ['counter-alone'],
  subject: { kind: 'node' },
  refused: 150,
  refusedPerSec: 7,
  evidence: [],
  against: [],
  sinceMs: 0,
  untilMs: null,
  causedBy: null,
  fixes: [],
};

describe.each(FINDING_CODES)('the shorter titles of %s', (code) => {
  it.each(['critical', 'warning'] as const)('are sentences, %s', (severity) => {
    for (const subject of SUBJECTS) {
      const [whole = '', ...shorter] = titlesOf({ ...FINDING, code, severity, subject }, 1);
      const last = shorter.at(-1) ?? whole;
      expect(shorter.length, whole).toBeGreaterThan(0);
      expect(last.length, last).toBeLessThanOrEqual(45);
      for (const title of shorter) {
        expect(title).toMatch(/^\S+ \S+ \S+/);
        expect(title).not.toMatch(/ (?:of|for|to|at|in|from|the|than|and)(?:$|[:;,])|[:;,]$| {2}/);
      }
    }
  });
});

it('calls the tasks of a control group by its name, in the ladder and in the verdict', () => {
  const tasks = { cgroup: '/system.slice/broker.service', used: 20, limit: 20, refused: 3 };
  const process = { pid: 704, comm: 'load', fds: 9, fdLimit: 99, tasks };
  const ceiling = {
    key: `cgroup-tasks:${tasks.cgroup}`,
    id: 'cgroup-tasks',
    scope: { kind: 'process', process },
    used: 20,
    limit: 20,
    share: 1,
  } as const;
  expect(ceilingTitle(ceiling, new Map(), null)).toBe('tasks of broker.service');
  const finding = {
    code: 'task-limit',
    severity: 'critical',
    subject: { kind: 'process', process },
  } as const;
  const [whole, ...shorter] = titlesOf({ ...FINDING, ...finding }, null);
  expect(whole).toContain('broker.service is out of tasks');
  expect(shorter.at(-1)).toBe('broker.service is out of tasks');
});
