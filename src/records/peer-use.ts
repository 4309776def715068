import type { Netns } from './units.js';

/** Connections of one address to one port of this host. */
export interface PeerUse {
  readonly netns: Netns;
  /** The port here. */
  readonly port: number;
  /** Whose connections they are; behind NAT, many hosts have one address. */
  readonly peer: string;
  readonly connections: number;
}
