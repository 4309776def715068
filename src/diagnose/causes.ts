import type { Finding } from './finding.js';

/** Marks the findings that follow from another: a queue fills because its process has no descriptor to accept with. */
export function linkCauses(findings: readonly Finding[]): Finding[] {
  const starved = new Set(
    findings.flatMap((one) =>
      one.code === 'process-fd-limit' && one.severity === 'critical' && one.subject.kind === 'process'
        ? [one.subject.process.pid]
        : [],
    ),
  );
  return findings.map((one) => {
    if (one.code !== 'accept-queue-overflow' || one.subject.kind !== 'listener') return one;
    const pid = one.subject.listener.owner?.pid;
    return pid !== undefined && starved.has(pid) ? { ...one, causedBy: 'process-fd-limit' } : one;
  });
}
