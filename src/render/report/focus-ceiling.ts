import type { Finding, FindingCode } from '../../diagnose/index.js';
import { nearestFirst } from '../../model/index.js';
import type { PortUse } from '../../records/index.js';
import type { Ceiling, CeilingId, CeilingStats, Window } from '../../model/index.js';

/** Which ceilings a finding may be about; a code that is not listed is about no measured ceiling. */
const CEILINGS_OF: Readonly<Partial<Record<FindingCode, readonly CeilingId[]>>> = {
  'conntrack-table-full': ['conntrack'],
  'conntrack-table-filling': ['conntrack'],
  'conntrack-early-drop': ['conntrack'],
  'conntrack-expectations-full': ['conntrack-expectations'],
  'accept-queue-overflow': ['accept-queue'],
  'unix-queue-overflow': ['unix-accept-queue'],
  'process-fd-limit': ['process-fds'],
  'system-file-limit': ['file-handles'],
  'time-wait-overflow': ['time-wait'],
  'orphan-limit': ['orphans'],
  'tcp-memory': ['tcp-memory'],
  'neighbour-table-overflow': ['neighbours-ipv4', 'neighbours-ipv6'],
  'ephemeral-ports-exhausted': ['ephemeral-ports'],
  'task-limit': ['cgroup-tasks', 'threads', 'pids'],
  'erlang-port-limit': ['erlang-ports'],
  'map-count-limit': ['process-maps'],
};

/** The ceiling that a finding is about, the nearest of several; `undefined` when it is gone or not measured. */
export function ceilingOf({ ceilings }: Window, finding: Finding): CeilingStats | undefined {
  const ids = CEILINGS_OF[finding.code] ?? [];
  return nearestFirst(
    ceilings.filter((ceiling) => ids.includes(ceiling.id) && isSubjectOf(ceiling, finding)),
  )[0];
}

/**
 * The ceiling that a chart is about: that of the first finding, else the conntrack table that came nearest to its
 * limit in the window, that of the host among equals. Not whatever is nearest now: a chart that changes its subject
 * misleads.
 */
export function focusCeiling(window: Window, findings: readonly Finding[]): CeilingStats | undefined {
  const { ceilings, header } = window;
  const finding = findings[0];
  const blamed = finding === undefined ? undefined : ceilingOf(window, finding);
  return blamed ?? nearestTable(ceilings, `conntrack:${header.netns ?? ''}`) ?? ceilings[0];
}

function nearestTable(ceilings: readonly CeilingStats[], host: string): CeilingStats | undefined {
  const percent = ({ peak }: CeilingStats): number => Math.round((peak?.share ?? 0) * 100);
  return ceilings
    .filter((ceiling) => ceiling.id === 'conntrack')
    .sort((a, b) => percent(b) - percent(a) || Number(b.key === host) - Number(a.key === host))[0];
}

function isSubjectOf({ scope }: Ceiling, { subject }: Finding): boolean {
  switch (subject.kind) {
    case 'netns':
      return scope.kind === 'netns' && scope.netns === subject.netns;
    case 'listener':
      return (
        scope.kind === 'listener' &&
        scope.listener.port === subject.listener.port &&
        scope.listener.address === subject.listener.address &&
        scope.listener.netns === subject.listener.netns
      );
    case 'ports':
      return scope.kind === 'ports' && sameRoute(scope.ports, subject.ports);
    case 'process':
      return scope.kind === 'process' && scope.process.pid === subject.process.pid;
    case 'node':
      return scope.kind === 'node';
  }
}

function sameRoute(a: PortUse, b: PortUse): boolean {
  return a.netns === b.netns && a.source === b.source && a.destination === b.destination && a.port === b.port;
}
