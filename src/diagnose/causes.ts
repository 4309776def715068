import type { Netns } from '../records/index.js';
import type { Finding, FindingCode } from './finding.js';

/** Processes and sockets are looked at as seldom as this. */
const LOOK_MS = 5000;

/** What leaves a process unable to accept, or to keep what it accepted. */
const STARVES = new Set<FindingCode>([
  'process-fd-limit',
  'erlang-port-limit',
  'task-limit',
  'map-count-limit',
]);

/**
 * Marks the findings that follow from another: a queue fills because its process has no descriptor to accept with;
 * a SYN queue fills because final ACKs are ignored while the accept queue is full, so that handshakes stay in it; a
 * server closes what it accepted because it gets no thread for it; a full table evicts what it may before it refuses.
 */
export function linkCauses(findings: readonly Finding[]): Finding[] {
  const critical = findings.filter((finding) => finding.severity === 'critical');
  const starved = critical.filter((finding) => STARVES.has(finding.code));
  const overflowing = findings.filter((finding) => finding.code === 'accept-queue-overflow');
  // Who was refused by the whole host.
  const handles = critical.find(
    (finding) => finding.code === 'system-file-limit' || finding.code === 'socket-memory',
  );

  // A SYN-ACK to a neighbour that there is no room for is never sent, and its handshake waits in the queue.
  const strangers = critical.find((finding) => finding.code === 'neighbour-table-overflow');

  function causeOf(finding: Finding): FindingCode | null {
    switch (finding.code) {
      case 'syn-queue-overflow':
        if (overflowing.some((cause) => netnsOf(cause) === netnsOf(finding) && meet(cause, finding)))
          return 'accept-queue-overflow';
        return strangers !== undefined && startsBefore(strangers, finding) ? strangers.code : null;
      case 'accept-queue-overflow': {
        const cause = starved.find((cause) => starves(cause, finding));
        if (cause !== undefined) return cause.code;
        return handles !== undefined && startsBefore(handles, finding) ? handles.code : null;
      }
      case 'application-limit':
        return (
          [...starved, ...(handles === undefined ? [] : [handles])].find(
            (cause) => !overBefore(cause, finding),
          )?.code ?? null
        );
      // One limit for all namespaces: a full table is full for each.
      case 'conntrack-early-drop':
        return (
          critical.find((cause) => cause.code === 'conntrack-table-full' && meet(cause, finding))?.code ??
          null
        );
      default:
        return null;
    }
  }
  return findings.map((finding) => {
    const causedBy = causeOf(finding) ?? finding.causedBy;
    const cause = findings.find(({ code }) => code === causedBy);
    // What mends the cause is told there.
    const told = new Set(cause?.fixes.map((fix) => JSON.stringify(fix)));
    const fixes = finding.fixes.filter((fix) => !told.has(JSON.stringify(fix)));
    return { ...finding, causedBy, fixes };
  });
}

/**
 * The process that owns the listener, whenever it was first looked at, for its limit had been reached by then; or one
 * of its namespace that nobody knows, at the same time.
 */
function starves(cause: Finding, overflow: Finding): boolean {
  const { code, subject } = cause;
  if (subject.kind === 'netns')
    return code === 'process-fd-limit' && subject.netns === netnsOf(overflow) && meet(cause, overflow);
  const owner = overflow.subject.kind === 'listener' ? overflow.subject.listener.owner : null;
  return subject.kind === 'process' && subject.process.pid === owner?.pid && !overBefore(cause, overflow);
}

/** Neither was over before the other began: what is over causes nothing, and what comes later did not. */
function meet(cause: Finding, finding: Finding): boolean {
  return !overBefore(cause, finding) && !overBefore(finding, cause);
}

/** Over by more than what lies between two looks. */
function overBefore(finding: Finding, other: Finding): boolean {
  return finding.untilMs !== null && finding.untilMs < other.sinceMs - LOOK_MS;
}

/** What began later, by more than two samples lie apart, is not the cause. */
function startsBefore(cause: Finding, finding: Finding): boolean {
  return cause.sinceMs <= finding.sinceMs + 2000;
}

function netnsOf({ subject }: Finding): Netns | null {
  if (subject.kind === 'netns') return subject.netns;
  if (subject.kind === 'ports') return subject.ports.netns;
  return subject.kind === 'listener' ? subject.listener.netns : null;
}
