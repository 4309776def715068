/** Server types. */
export const PROFILES = ['generic', 'mqtt', 'emqx'] as const;

export type ProfileName = (typeof PROFILES)[number];

/** What a server type needs per connection. These are assumptions, and printed as such with the plan. */
export interface Profile {
  /** Queued data of an average connection in bytes, both directions together. */
  readonly queuedBytes: number;
  /** Memory of the server process per connection, in bytes; 0 if unknown. */
  readonly appBytes: number;
  /** The same for a connection whose TLS ends in the server. */
  readonly appTlsBytes: number;
  /** Longest silence of a healthy client, by its protocol; `null` if the protocol sets no limit. */
  readonly longestSilenceSec: number | null;
  readonly unit: string | null;
}

/** MQTT's longest keep-alive is 65,535 s, and a server waits one and a half times as long (MQTT 5.0, 3.1.2.10). */
const MQTT_SILENCE_SEC = 98_303;

/**
 * One page queued at a time for an ordinary server; MQTT clients are silent most of the time. An Erlang process with
 * the state of an MQTT connection takes some 20 KiB, 1.3 million of them were held in 32 GB by EMQ's own account;
 * TLS adds two processes and the session's keys.
 */
const TABLE: Readonly<Record<ProfileName, Profile>> = {
  generic: { queuedBytes: 4096, appBytes: 0, appTlsBytes: 40 * 1024, longestSilenceSec: null, unit: null },
  mqtt: {
    queuedBytes: 2048,
    appBytes: 4096,
    appTlsBytes: 40 * 1024,
    longestSilenceSec: MQTT_SILENCE_SEC,
    unit: null,
  },
  emqx: {
    queuedBytes: 2048,
    appBytes: 20 * 1024,
    appTlsBytes: 64 * 1024,
    longestSilenceSec: MQTT_SILENCE_SEC,
    unit: 'emqx.service',
  },
};

/** The assumptions for a server type. */
export function profileOf(name: ProfileName): Profile {
  return TABLE[name];
}

/** Ports with TLS by convention: HTTPS, MQTT (8883) and MQTT over WebSockets (8084). */
const TLS_PORTS: readonly number[] = [443, 8443, 8883, 8084];

/** The ports whose connections use TLS by convention. */
export function tlsPorts(ports: readonly number[]): number[] {
  return ports.filter((port) => TLS_PORTS.includes(port));
}
