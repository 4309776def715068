import type { ErlangLimits } from './record.js';

/**
 * What was read once of a host's settings, to plan with. Unlike the records of a stream it is no course of figures:
 * it is the state that a plan starts from.
 */
export interface HostReading {
  /** Host name; `null` for a machine that is only described. */
  readonly host: string | null;
  /** `uname -r`. */
  readonly kernel: string | null;
  /** MemTotal. */
  readonly memoryBytes: number | null;
  readonly cpus: number | null;
  /** Bytes of a page; absent when unknown. */
  readonly pageBytes?: number;
  /** Values by dotted name, as the kernel prints them, words separated by a space. What could not be read is absent. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Bytes that one object of a slab cache takes, its share of the slab's waste included, by the cache's name. */
  readonly slabBytes: Readonly<Record<string, number>>;
  readonly conntrack: ConntrackReading;
  readonly rules: RulesReading;
  /** Who listens at the ports that were asked for. */
  readonly servers: readonly ServerReading[];
  /** Addresses on the links that the host is on, by the prefixes of its routes without a gateway; `null`: unknown. */
  readonly onLinkAddresses: number | null;
}

/** How connection tracking is there. */
export interface ConntrackReading {
  /** `null` is unknown. */
  readonly module: 'loaded' | 'built-in' | 'absent' | null;
  /** Modules that use nf_conntrack; `null` is unknown. */
  readonly holders: readonly string[] | null;
}

/** What uses connection tracking, out of the packet filter's rules and the interfaces. */
export interface RulesReading {
  /** Whether the rules could be read: without, nothing follows from their absence. */
  readonly read: boolean;
  /** Why not; `null` when they were. */
  readonly why: string | null;
  readonly nat: boolean;
  /** Rules that look at the state of connections. */
  readonly stateful: boolean;
  /** Interfaces that container networks make, which lean on NAT. */
  readonly containerInterfaces: readonly string[];
}

/** A process that listens. */
export interface ServerReading {
  readonly port: number;
  readonly pid: number;
  readonly comm: string;
  readonly fds: number | null;
  /** Soft limit of open files; `null` is unknown. */
  readonly fdLimit: number | null;
  /** Hard limit of open files; absent or `null` when unknown. */
  readonly fdHardLimit?: number | null;
  /** Limits of its Erlang emulator; absent or `null` for other servers. */
  readonly erlang?: ErlangLimits | null;
  /** What it gave listen(2), cut at somaxconn by the kernel. */
  readonly backlog: number | null;
}
