import { atLeast, currentValue, parseFigure, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import type { Basis } from '../target.js';

/** 10 % more: opening and closing connections hold a descriptor too. */
const SPARE = 1.1;
/** Descriptors of a server beside its clients: logs, databases, timers, other listeners. */
const SERVER_FILES = 1024;
/** Open files of the rest of a host when they could not be counted. */
const OTHER_FILES = 16_384;

/** Descriptors that the server needs. */
export function serverFiles(connections: number): number {
  return roundUp(connections * SPARE + SERVER_FILES);
}

/** Limits of open files: of the process, of any process, of the host. */
export function fileSettings({ target, host }: Basis): Setting[] {
  const limit = serverFiles(target.connections);
  const others = parseFigure(currentValue(host, 'fs.file-nr')?.split(' ')[0]) ?? OTHER_FILES;
  const fileMax = parseFigure(currentValue(host, 'fs.file-max'));
  const server = smallestLimit(host.servers);
  return [
    atLeast({
      name: 'fs.file-max',
      scope: 'node',
      current: currentValue(host, 'fs.file-max'),
      needed: roundUp(target.connections * SPARE + others),
      why: { rule: 'open-files', connections: target.connections, spare: SPARE, others },
      stopsAt: fileMax === null ? null : Math.max(0, fileMax - others),
    }),
    atLeast({
      name: 'fs.nr_open',
      scope: 'node',
      current: currentValue(host, 'fs.nr_open'),
      needed: limit,
      why: { rule: 'at-least-process-limit', limit },
      // No process can have a higher limit, whatever its unit says.
      stopsAt: connectionsWithinNrOpen(parseFigure(currentValue(host, 'fs.nr_open'))),
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

function connectionsWithinNrOpen(nrOpen: number | null): number | null {
  return nrOpen === null ? null : Math.max(0, nrOpen - SERVER_FILES);
}

/** The lowest limit of the servers that were found. */
function smallestLimit(
  servers: Basis['host']['servers'],
): { readonly limit: number; readonly others: number } | null {
  const known = servers.flatMap(({ fdLimit }) => (fdLimit === null ? [] : [fdLimit]));
  // An idle server has few files of its own, so its limit is the number of connections, near enough.
  return known.length === 0 ? null : { limit: Math.min(...known), others: 0 };
}
