import type { HostReading } from '../records/index.js';
import type { Profile, ProfileName } from './profiles.js';

/** What the host is to hold. */
export interface Target {
  /** Connections at the same time. */
  readonly connections: number;
  /** New connections per second at the worst time. */
  readonly ratePerSec: number;
  /** Nobody said: all clients are taken to come back within `RECONNECT_SECONDS`. */
  readonly rateAssumed: boolean;
  readonly profile: ProfileName;
  /** Ports of the listeners, ascending; empty when nobody said. */
  readonly ports: readonly number[];
}

/** What each part of a plan is made from. */
export interface Basis {
  readonly target: Target;
  readonly profile: Profile;
  readonly host: HostReading;
  /** RAM to plan with. */
  readonly memoryBytes: number;
  readonly cpus: number;
}

/** After a restart of the server, all clients are back within so long. */
const RECONNECT_SECONDS = 300;

/** What an int of the kernel's holds, which most limits are kept in. */
export const MOST_CONNECTIONS = 2 ** 31 - 1;

/** The pace to plan for when none was given. */
export function assumedRate(connections: number): number {
  return Math.max(1, Math.ceil(connections / RECONNECT_SECONDS));
}

/** Bytes of a page on the machines that the formulas were read for (x86-64, and arm64 as most run it). */
export const PAGE_BYTES = 4096;

/** Connections that are closed within so long at the worst pace: as many as come, but no client goes twice. */
export function closedWithin({ connections, ratePerSec }: Target, seconds: number): number {
  return Math.min(connections, ratePerSec * seconds);
}
