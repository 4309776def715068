import type { Finding, Subject } from '../diagnose/index.js';
import type { Ceiling, Frame } from '../model/index.js';
import { cgroupOwner } from '../records/index.js';
import type { Netns, PortUse, ProcessUse, StreamHeader } from '../records/index.js';
import { addressOf, safeText } from '../render/index.js';

/** Whom a series is about: never an address, a port or a process id of a client. */
export interface SubjectLabels {
  /** A listener, an owner, a peer; empty for a limit of the whole namespace or host. */
  readonly subject: string;
  /** Empty for what belongs to the whole host. */
  readonly netns: string;
}

const MAX_LABEL = 100;
/** Fewer connections to one peer may be those of one client to several listeners. */
const LEAST_OUTGOING = 100;

/** Names the subjects of one frame. */
export interface SubjectNames {
  readonly ofCeiling: (ceiling: Ceiling) => SubjectLabels;
  readonly ofFinding: (finding: Finding) => SubjectLabels;
}

/** Looks up what a frame knows of namespaces and owners. */
export function createSubjectNames(frame: Frame, header: StreamHeader): SubjectNames {
  const ownName = [...frame.netnsLabels].some(([netns, label]) => netns !== header.netns && label === 'host')
    ? 'own'
    : 'host';
  const netnsOfPid = new Map(
    frame.listeners.flatMap(({ owner, netns }) => (owner === null ? [] : [[owner.pid, netns]])),
  );

  function netnsName(netns: Netns): string {
    if (netns === header.netns) return ownName;
    // `netns of nginx(812)`: the name stays while the process is restarted.
    const label = frame.netnsLabels.get(netns)?.replace(/\(\d+\)$/, '');
    return label === undefined ? `namespace ${netns}` : safeText(label, MAX_LABEL);
  }

  function ofProcess(process: ProcessUse, cgroup: string | undefined): SubjectLabels {
    const netns = netnsOfPid.get(process.pid);
    return {
      subject: safeText(ownerName(process.comm, cgroup), MAX_LABEL),
      netns: netns === undefined ? '' : netnsName(netns),
    };
  }

  /** Connections to one peer from more local ports than there are listeners were opened here: the peer is a server. */
  function destinationOf({ used, destination, port }: PortUse): string {
    const isServer = used > Math.max(LEAST_OUTGOING, frame.listeners.length);
    return isServer ? `to ${addressOf({ address: destination, port })}` : '';
  }

  function ofSubject(subject: Subject): SubjectLabels {
    switch (subject.kind) {
      case 'node':
        return { subject: '', netns: '' };
      case 'netns':
        return { subject: '', netns: netnsName(subject.netns) };
      case 'listener':
        return { subject: addressOf(subject.listener), netns: netnsName(subject.listener.netns) };
      case 'ports':
        return { subject: destinationOf(subject.ports), netns: netnsName(subject.ports.netns) };
      case 'process':
        return ofProcess(subject.process, subject.process.cgroup);
    }
  }

  return {
    ofCeiling({ id, scope }) {
      switch (scope.kind) {
        case 'node':
          return ofSubject(scope);
        case 'netns':
          return ofSubject({ ...scope, label: null });
        case 'listener':
        case 'ports':
          return ofSubject({ ...scope, netnsLabel: null });
        case 'process':
          return ofProcess(
            scope.process,
            id === 'cgroup-tasks' ? scope.process.tasks?.cgroup : scope.process.cgroup,
          );
      }
    },
    // A host may lose several settings at boot: each is a subject of its own.
    ofFinding: ({ setting, subject }) =>
      setting === undefined
        ? ofSubject(subject)
        : { ...ofSubject(subject), subject: safeText(setting.name, MAX_LABEL) },
  };
}

/** The unit, container or pod; the process's name where none of them starts it. */
function ownerName(comm: string, cgroup: string | undefined): string {
  const owner = cgroupOwner(cgroup ?? '');
  switch (owner.kind) {
    case 'unit':
      return owner.unit;
    case 'user-unit':
      return `${owner.unit} of uid ${owner.uid}`;
    case 'session':
      return `${comm} in a session of uid ${owner.uid}`;
    case 'container':
      return owner.id === null ? owner.runtime : `${owner.runtime} ${owner.id.slice(0, 12)}`;
    case 'pod':
      return `pod ${/[/-]pod([0-9a-f]{8})/.exec(cgroup ?? '')?.[1] ?? ''}`.trimEnd();
    case 'slice':
      return owner.slice;
    case 'unknown':
      return comm;
  }
}
