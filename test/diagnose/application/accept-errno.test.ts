import { describe, expect, it } from 'vitest';
import { findingsIn } from '../host-scenario.js';

describe('the errno that the probe on accept(2) saw', () => {
  it('makes the limit of the process certain, though its descriptors were counted seldom', () => {
    const [first] = findingsIn({
      process: () => ({ fds: 1000 }),
      probes: (second) => ({ 'probe.accept_emfile': 40 * second }),
    });
    expect(first).toMatchObject({ code: 'process-fd-limit', severity: 'critical', confidence: 1 });
  });

  it('names the namespace where no process is known to be at its limit', () => {
    expect(findingsIn({ probes: (second) => ({ 'probe.accept_emfile': second }) })).toMatchObject([
      { code: 'process-fd-limit', subject: { kind: 'netns' }, fixes: [{ id: 'find-process-at-nofile' }] },
    ]);
  });

  it('makes the limit of the host certain, and the queue its consequence', () => {
    expect(
      findingsIn({
        probes: (second) => ({ 'probe.accept_enfile': second }),
        node: () => ({ 'fs.file-nr.allocated': 990, 'fs.file-max': 1000 }),
        acceptQueue: () => 17,
        overflows: (second) => second,
      }).map((finding) => [finding.code, finding.confidence, finding.causedBy]),
    ).toMatchObject([
      ['system-file-limit', 1, null],
      ['accept-queue-overflow', expect.any(Number), 'system-file-limit'],
    ]);
  });
});
