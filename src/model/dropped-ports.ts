import type { MetricName, Netns } from '../records/index.js';
import type { Frame } from './frame.js';
import { readingKey } from './reading.js';
import { copyMap } from './tracks.js';
import type { WindowPart } from './tracks.js';

/** The port that most of the SYNs dropped in one place were for. */
export interface DroppedPort {
  readonly port: number;
  /** How often it was the last one asked for when SYNs had been dropped, 0 to 1: a sample a print of the probes. */
  readonly share: number;
  readonly samples: number;
}

interface PortTrack {
  /** SYNs dropped as of the last frame. */
  before: number;
  samples: number;
  /** Prints by port. */
  readonly ports: Map<number, number>;
}

/** A scan may use any number of ports: further ones are counted together as others. */
const MAX_PORTS = 256;

export type DroppedPorts = WindowPart<ReadonlyMap<Netns, DroppedPort>>;

/** Where SYNs are dropped: the port of the last one, and what counts them. */
export interface DropPlace {
  readonly port: MetricName;
  readonly syns: readonly MetricName[];
}

export const DROPPED_BY = {
  netfilter: {
    port: 'probe.netfilter_drop_port',
    syns: ['probe.netfilter_drop_syn', 'probe.netfilter_drop_syn_own'],
  },
  tc: { port: 'probe.tc_drop_port', syns: ['probe.tc_drop_syn'] },
} as const satisfies Readonly<Record<string, DropPlace>>;

/**
 * Which port the SYNs that were dropped there were for, by namespace. The probe keeps only the last port, so this is a
 * sample: one port among scanners of all others stands out, and a port from before the window does not count.
 */
export function createDroppedPorts(place: DropPlace, tracks = new Map<Netns, PortTrack>()): DroppedPorts {
  return {
    add(frame, last) {
      for (const { netns, value } of frame.readings.named(place.port)) {
        if (value === null) continue;
        const dropped = countDroppedSyns(frame, netns, place);
        let track = tracks.get(netns);
        if (track === undefined) {
          // Counted from 0 where the namespace appears inside the window.
          track = { before: last === null ? dropped : 0, samples: 0, ports: new Map() };
          tracks.set(netns, track);
        }
        const grew = dropped > track.before;
        track.before = dropped;
        if (!grew) continue;
        track.samples += 1;
        const seen = track.ports.get(value) ?? 0;
        if (seen > 0 || track.ports.size < MAX_PORTS) track.ports.set(value, seen + 1);
      }
    },
    build() {
      const built = new Map<Netns, DroppedPort>();
      for (const [netns, { samples, ports }] of tracks) {
        const [most] = [...ports].sort(([, a], [, b]) => b - a);
        if (most !== undefined) built.set(netns, { port: most[0], share: most[1] / samples, samples });
      }
      return built;
    },
    clone: () =>
      createDroppedPorts(
        place,
        copyMap(tracks, (track) => ({ ...track, ports: new Map(track.ports) })),
      ),
  };
}

function countDroppedSyns(frame: Frame, netns: Netns, { syns }: DropPlace): number {
  return syns.reduce((sum, name) => sum + (frame.readings.get(readingKey(netns, name))?.value ?? 0), 0);
}
