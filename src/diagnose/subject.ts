import type { Listener, Netns, PortUse, ProcessUse } from '../records/index.js';

/** The listener, process, namespace or host that a figure or a finding is about. */
export type Subject =
  | { readonly kind: 'node' }
  | { readonly kind: 'netns'; readonly netns: Netns; readonly label: string | null }
  | { readonly kind: 'listener'; readonly listener: Listener; readonly netnsLabel: string | null }
  | { readonly kind: 'process'; readonly process: ProcessUse }
  | { readonly kind: 'ports'; readonly ports: PortUse; readonly netnsLabel: string | null };

/** The network namespace that it belongs to; `null` for the whole node and for a process. */
export function netnsOfSubject(subject: Subject): Netns | null {
  switch (subject.kind) {
    case 'netns':
      return subject.netns;
    case 'ports':
      return subject.ports.netns;
    case 'listener':
      return subject.listener.netns;
    case 'node':
    case 'process':
      return null;
  }
}
