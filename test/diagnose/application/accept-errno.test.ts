import { describe, expect, it } from 'vitest';
import { findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

describe('the errno that the probe on accept(2) saw', () => {
  it('is the limit of the process that was nearest to it, though its descriptors were counted seldom', () => {
    const [first] = findingsIn({
      process: () => ({ fds: 1000 }),
      probes: (second) => ({ 'probe.accept_emfile': 40 * second }),
    });
    expect(first).toMatchObject({
      code: 'process-fd-limit',
      severity: 'critical',
      confidence: 0.9,
      confidenceReasons: ['errno-in-namespace'],
    });
  });

  it('names the namespace where no process is known to be at its limit', () => {
    expect(findingsIn({ probes: (second) => ({ 'probe.accept_emfile': second }) })).toMatchObject([
      { code: 'process-fd-limit', subject: { kind: 'netns' }, fixes: [{ id: 'find-process-at-nofile' }] },
    ]);
  });

  it('makes the limit of the host almost certain where the level is there, and the queue its consequence', () => {
    expect(
      findingsIn({
        probes: (second) => ({ 'probe.accept_enfile': second }),
        node: () => ({ 'fs.file-nr.allocated': 990, 'fs.file-max': 1000 }),
        acceptQueue: () => 17,
        overflows: (second) => second,
      }).map((finding) => [finding.code, finding.confidence, finding.causedBy]),
    ).toMatchObject([
      ['system-file-limit', 0.98, null],
      ['accept-queue-overflow', expect.any(Number), 'system-file-limit'],
    ]);
  });

  it('is no limit of the host where handles are far from it: there was no memory for a socket', () => {
    const scenario: HostScenario = {
      probes: (second) => ({ 'probe.accept_enfile': second }),
      node: () => ({ 'fs.file-nr.allocated': 40, 'fs.file-max': 1000 }),
      acceptQueue: () => 17,
      overflows: (second) => second,
    };
    expect(findingsIn(scenario)).toMatchObject([
      {
        code: 'socket-memory',
        severity: 'critical',
        confidence: 0.8,
        against: [{ metric: 'fs.file-nr.allocated', value: 40, limit: 1000 }],
        fixes: [{ id: 'find-socket-memory' }],
      },
      { code: 'accept-queue-overflow', causedBy: 'socket-memory' },
    ]);
  });

  it('is doubted where the handles cannot be read', () => {
    expect(findingsIn({ probes: (second) => ({ 'probe.accept_enfile': second }) })).toMatchObject([
      { code: 'system-file-limit', confidence: 0.6, confidenceReasons: ['errno-without-level'] },
    ]);
  });
});
