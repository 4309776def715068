import type { Finding } from '../diagnose/index.js';
import type { Ceiling, CeilingStats, Window } from '../model/index.js';

/**
 * The ceiling that a chart is about: that of the first finding, else the conntrack table of the host, whatever
 * is nearest: a chart that changes its subject misleads.
 */
export function tellingCeiling(window: Window, findings: readonly Finding[]): CeilingStats | undefined {
  const { ceilings, header } = window;
  const finding = findings[0];
  const blamed = finding === undefined ? undefined : ceilings.find((one) => binds(one, finding));
  return (
    blamed ??
    ceilings.find((one) => one.key === `conntrack:${header.netns ?? ''}`) ??
    ceilings.find((one) => one.id === 'conntrack') ??
    ceilings[0]
  );
}

function binds({ id, scope }: Ceiling, { subject }: Finding): boolean {
  switch (subject.kind) {
    case 'netns':
      return id === 'conntrack' && scope.kind === 'netns' && scope.netns === subject.netns;
    case 'listener':
      return (
        scope.kind === 'listener' &&
        scope.listener.port === subject.listener.port &&
        scope.listener.address === subject.listener.address &&
        scope.listener.netns === subject.listener.netns
      );
    case 'process':
      return scope.kind === 'process' && scope.process.pid === subject.process.pid;
    case 'node':
      return false;
  }
}
