import type { HostReading } from '../records/index.js';
import { tlsPorts } from './profiles.js';
import type { Profile, ProfileName } from './profiles.js';

/** What the host must be able to hold. */
export interface Target {
  /** Concurrent connections. */
  readonly connections: number;
  /** New connections per second at the peak. */
  readonly ratePerSec: number;
  /** No rate was given: all clients are assumed to reconnect within `RECONNECT_SECONDS`. */
  readonly rateAssumed: boolean;
  readonly profile: ProfileName;
  /** Share of the connections (0 to 1) whose TLS ends in the server; absent: by the ports. */
  readonly tlsShare?: number | null;
  /** Version of EMQX; absent when not given. */
  readonly emqxVersion?: string | null;
  /** Ports of the listeners, ascending; empty when none were given. */
  readonly ports: readonly number[];
}

/** The input of every part of a plan. */
export interface Basis {
  readonly target: Target;
  readonly profile: Profile;
  readonly host: HostReading;
  /** RAM to plan with. */
  readonly memoryBytes: number;
  readonly cpus: number;
}

/** Time in which all clients reconnect after a restart of the server. */
export const RECONNECT_SECONDS = 300;

/** The kernel keeps most limits in an int. */
export const MOST_CONNECTIONS = 2 ** 31 - 1;

/** The rate to plan for when none was given. */
export function assumedRate(connections: number): number {
  return Math.max(1, Math.ceil(connections / RECONNECT_SECONDS));
}

/** Share of the connections with TLS in the server (0 to 1): as given, else all of them if a TLS port is listed. */
export function tlsShareOf({ tlsShare, ports }: Target): number {
  return tlsShare ?? (tlsPorts(ports).length > 0 ? 1 : 0);
}

/** Connections closed within `seconds` at the peak rate, each client once. */
export function closedWithin({ connections, ratePerSec }: Target, seconds: number): number {
  return Math.min(connections, ratePerSec * seconds);
}
