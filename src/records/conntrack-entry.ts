import type { Netns } from './units.js';

/** A conntrack entry, reduced to the fields that show who fills the table. */
export interface ConntrackEntry {
  readonly netns: Netns;
  /** `tcp`, `udp`, `icmp`, …, else the protocol's number. */
  readonly protocol: string;
  /** TCP, SCTP and DCCP have one (`ESTABLISHED`); others are `UNREPLIED` or `REPLIED`. */
  readonly state: string;
  /** Of the original direction, before any NAT. */
  readonly source: string;
  readonly destination: string;
  /** Destination port, `null` for protocols without ports. */
  readonly port: number | null;
  /** Seconds until it expires if nothing more comes; `null` where the kernel does not say (offloaded flows). */
  readonly timeoutSec: number | null;
  /** Early drop leaves it alone: it has been answered, and for TCP established. */
  readonly assured: boolean;
}
