import type { HostReading } from '../records/index.js';
import type { OwnFiles } from './check/own-files.js';
import { conntrackUse } from './sizing/conntrack-use.js';
import type { ConntrackUse } from './sizing/conntrack-use.js';
import { bufferSettings } from './sizing/buffers.js';
import { sourceAddresses, clientSettings } from './sizing/clients.js';
import type { SourceAddresses } from './sizing/clients.js';
import { closingSettings } from './sizing/closing.js';
import { conntrackSettings, conntrackSize } from './sizing/conntrack.js';
import type { ConntrackSize } from './sizing/conntrack.js';
import { emqxSettings } from './sizing/emqx.js';
import { fileSettings } from './sizing/files.js';
import { memoryVerdict } from './sizing/memory.js';
import type { MemoryVerdict } from './sizing/memory.js';
import { profileOf } from './profiles.js';
import { queueSettings } from './sizing/queues.js';
import type { Setting } from './setting.js';
import type { Basis, Target } from './target.js';
import { taskSettings } from './sizing/tasks.js';

/** What a host needs for so many connections. */
export interface Plan {
  readonly target: Target;
  readonly host: HostReading;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** In the order of their families. */
  readonly settings: readonly Setting[];
  /** The current limit that is reached first, below the target; `null` if none is known. */
  readonly stopsFirst: Setting | null;
  /** The current limit of the rate that is reached first, below the target; `null` if none is known. */
  readonly slowsFirst: Setting | null;
  /** Names of limits whose current value is unknown: one of them may be reached first. */
  readonly unknown: readonly string[];
  readonly memory: MemoryVerdict;
  readonly conntrack: ConntrackSize;
  readonly conntrackUse: ConntrackUse;
  readonly sources: SourceAddresses;
  /** What the files of the host set; `null` for a machine that was only described. */
  readonly files: OwnFiles | null;
}

/** Sizes a host for a target. */
export function planFor(
  target: Target,
  host: HostReading,
  memoryBytes: number,
  cpus: number,
  files: OwnFiles | null = null,
): Plan {
  const basis: Basis = { target, profile: profileOf(target.profile), host, memoryBytes, cpus };
  const settings = [
    ...conntrackSettings(basis),
    ...fileSettings(basis),
    ...queueSettings(basis),
    ...bufferSettings(basis),
    ...closingSettings(basis),
    ...clientSettings(basis),
    ...taskSettings(basis),
    ...(target.profile === 'emqx' ? emqxSettings(basis) : []),
  ];
  return {
    target,
    host,
    memoryBytes,
    cpus,
    settings,
    stopsFirst: firstReached(settings, (setting) => setting.stopsAt, target.connections),
    slowsFirst: firstReached(settings, (setting) => setting.stopsAtRate, target.ratePerSec),
    unknown: settings
      .filter((setting) => setting.action === 'set' && LIMITS_ON_THE_NUMBER.has(setting.name))
      .map((setting) => setting.name),
    memory: memoryVerdict(basis),
    conntrack: conntrackSize(basis),
    conntrackUse: conntrackUse(host),
    sources: sourceAddresses(basis),
    files,
  };
}

const LIMITS_ON_THE_NUMBER: ReadonlySet<string> = new Set([
  'net.netfilter.nf_conntrack_max',
  'fs.file-max',
  'fs.nr_open',
  'LimitNOFILE',
  'node.process_limit',
  'node.max_ports',
]);

/** The setting with the lowest limit below `wanted`; `null` if there is none. */
function firstReached(
  settings: readonly Setting[],
  at: (setting: Setting) => number | null,
  wanted: number,
): Setting | null {
  const reached = settings.filter((setting) => (at(setting) ?? Number.POSITIVE_INFINITY) < wanted);
  return reached.reduce<Setting | null>(
    (least, setting) => (least === null || (at(setting) ?? 0) < (at(least) ?? 0) ? setting : least),
    null,
  );
}

/** Settings that limit connections, the lowest current limit first. */
export function inOrderOfStopping(settings: readonly Setting[]): Setting[] {
  return settings
    .filter((setting) => setting.stopsAt !== null)
    .sort((a, b) => (a.stopsAt ?? 0) - (b.stopsAt ?? 0));
}
