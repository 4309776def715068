import type { Listener, Netns, PortUse, ProcessUse } from '../records/index.js';

/** For whom a figure or a finding holds. */
export type Subject =
  | { readonly kind: 'node' }
  | { readonly kind: 'netns'; readonly netns: Netns; readonly label: string | null }
  | { readonly kind: 'listener'; readonly listener: Listener; readonly netnsLabel: string | null }
  | { readonly kind: 'process'; readonly process: ProcessUse }
  | { readonly kind: 'ports'; readonly ports: PortUse; readonly netnsLabel: string | null };
