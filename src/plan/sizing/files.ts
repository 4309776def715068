import { atLeast, currentOf, figure, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import type { Basis } from '../target.js';

/** A tenth more: connections on their way in or out hold a descriptor too. */
const SPARE = 1.1;
/** Descriptors of a server beside its clients: logs, databases, timers, other listeners. */
const SERVER_FILES = 1024;
/** Open files of the rest of a host when they could not be counted. */
const OTHER_FILES = 16_384;

/** What the server needs for itself. */
export function serverFiles(connections: number): number {
  return roundUp(connections * SPARE + SERVER_FILES);
}

/** A descriptor for each connection: of the process, of what any process may have, of the host. */
export function fileSettings({ target, host }: Basis): Setting[] {
  const limit = serverFiles(target.connections);
  const others = figure(currentOf(host, 'fs.file-nr')?.split(' ')[0]) ?? OTHER_FILES;
  const fileMax = figure(currentOf(host, 'fs.file-max'));
  const server = smallestLimit(host.servers);
  return [
    atLeast({
      name: 'fs.file-max',
      scope: 'node',
      current: currentOf(host, 'fs.file-max'),
      needed: roundUp(target.connections * SPARE + others),
      why: { rule: 'open-files', connections: target.connections, spare: SPARE, others },
      stopsAt: fileMax === null ? null : Math.max(0, fileMax - others),
    }),
    atLeast({
      name: 'fs.nr_open',
      scope: 'node',
      current: currentOf(host, 'fs.nr_open'),
      needed: limit,
      why: { rule: 'at-least-process-limit', limit },
      // No server can be given more than this, whatever its unit says.
      stopsAt: nrOpenStops(figure(currentOf(host, 'fs.nr_open'))),
    }),
    atLeast({
      name: 'LimitNOFILE',
      kind: 'unit',
      scope: 'process',
      current: server === null ? null : String(server.limit),
      needed: limit,
      why: { rule: 'open-files', connections: target.connections, spare: SPARE, others: SERVER_FILES },
      stopsAt: server === null ? null : Math.max(0, server.limit - server.others),
    }),
  ];
}

function nrOpenStops(nrOpen: number | null): number | null {
  return nrOpen === null ? null : Math.max(0, nrOpen - SERVER_FILES);
}

/** The tightest limit of the servers that were found; what each holds beside its clients is not known. */
function smallestLimit(
  servers: Basis['host']['servers'],
): { readonly limit: number; readonly others: number } | null {
  const known = servers.flatMap(({ fdLimit }) => (fdLimit === null ? [] : [fdLimit]));
  // An idle server's own files are few: what stops it is its limit, near enough.
  return known.length === 0 ? null : { limit: Math.min(...known), others: 0 };
}
