import type { Netns } from '../records/index.js';
import type { Finding } from './finding.js';

/**
 * Marks the findings that follow from another: a queue fills because its process has no descriptor to accept with;
 * a SYN queue fills because final ACKs are ignored while the accept queue is full, so that handshakes stay in it.
 */
export function linkCauses(findings: readonly Finding[]): Finding[] {
  const starved = new Set(
    findings.flatMap((one) =>
      one.code === 'process-fd-limit' && one.severity === 'critical' && one.subject.kind === 'process'
        ? [one.subject.process.pid]
        : [],
    ),
  );
  const overflowing = new Set(
    findings.flatMap((one) => (one.code === 'accept-queue-overflow' ? [netnsOf(one)] : [])),
  );
  return findings.map((one) => {
    if (one.code === 'syn-queue-overflow' && overflowing.has(netnsOf(one)))
      return { ...one, causedBy: 'accept-queue-overflow' };
    if (one.code !== 'accept-queue-overflow' || one.subject.kind !== 'listener') return one;
    const pid = one.subject.listener.owner?.pid;
    return pid !== undefined && starved.has(pid) ? { ...one, causedBy: 'process-fd-limit' } : one;
  });
}

function netnsOf({ subject }: Finding): Netns | null {
  if (subject.kind === 'netns') return subject.netns;
  return subject.kind === 'listener' ? subject.listener.netns : null;
}
