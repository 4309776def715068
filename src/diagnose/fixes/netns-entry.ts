import type { Window } from '../../model/index.js';
import { NODE_WIDE } from '../../records/index.js';
import type { Netns } from '../../records/index.js';

/** How a command gets into a network namespace. */
export interface NetnsEntry {
  readonly netns: Netns;
  /** `inode` finds a process in it when the command is run. */
  readonly by:
    | { readonly kind: 'host' }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'pid'; readonly pid: number }
    | { readonly kind: 'inode' };
  /** What runs the container that it belongs to; `null` for the host and for namespaces of other programs. */
  readonly container: 'pod' | 'docker' | 'podman' | 'other' | null;
}

/**
 * How to enter a namespace. Labels are ours in their first word alone (`netns NAME`, `netns of COMM(PID)`, `pod NAME`):
 * what follows may be chosen by a container, so that a pid is believed only behind `netns of`.
 */
export function netnsEntry(window: Window, netns: Netns, pid: number | null = null): NetnsEntry {
  const host = window.header.netns;
  const label = window.last.netnsLabels.get(netns) ?? null;
  if (netns === NODE_WIDE || netns === host || (host === null && label === null))
    return { netns, by: { kind: 'host' }, container: null };
  const [, kind] = /^(pod|docker|podman|containerd|cri-o|lxc|machine) /.exec(label ?? '') ?? [];
  const container = kind === 'pod' || kind === 'docker' || kind === 'podman' ? kind : kind ? 'other' : null;
  if (pid !== null) return { netns, by: { kind: 'pid', pid }, container };
  const name = /^netns ([\w.-]+)$/.exec(label ?? '')?.[1];
  if (name !== undefined && !name.startsWith('-')) return { netns, by: { kind: 'name', name }, container };
  const ofProcess = /^netns of .*\((\d{1,10})\)$/s.exec(label ?? '')?.[1];
  return ofProcess === undefined
    ? { netns, by: { kind: 'inode' }, container }
    : { netns, by: { kind: 'pid', pid: Number(ofProcess) }, container };
}
