import type { Wanted } from './check/check.js';
import { plannedSysctls } from './names.js';

/** A plan that was printed earlier. */
export interface PrintedPlan {
  readonly sysctls: readonly Wanted[];
  /** LimitNOFILE; `null` when the file does not say. */
  readonly openFiles: number | null;
  /** Limits of the Erlang emulator; `null` when the file does not say. */
  readonly erlang: { readonly ports: number | null; readonly processes: number | null };
  /** Ports of the listeners. */
  readonly ports: readonly number[];
  /** Number of lines of a sysctl file that set other sysctls; they are ignored. */
  readonly foreignLines: number;
}

/** The file is not a plan; the message says why. */
export class BadPlan extends Error {
  override readonly name = 'BadPlan';
}

/** Larger files are refused unread. */
export const MOST_PLAN_BYTES = 1024 * 1024;
const SCHEMA = 1;
const KEYS: readonly string[] = [
  'schema',
  'target',
  'host',
  'fits',
  'mostConnections',
  'stopsFirst',
  'stopsAt',
  'slowsFirst',
  'slowsAtRate',
  'unknown',
  'settings',
  'memory',
  'conntrack',
  'sources',
];
const VALUE = /^\d{1,20}(?: \d{1,20}){0,2}$/;

/**
 * Reads a plan: the JSON of `--format json`, or a sysctl.d file of `--format sysctl`. The text is untrusted: JSON with
 * an unknown key or setting is refused.
 */
export function readPlan(text: string): PrintedPlan {
  return text.trimStart().startsWith('{') ? readJson(text) : readSysctls(text);
}

function readSysctls(text: string): PrintedPlan {
  const known = new Set(plannedSysctls());
  let foreignLines = 0;
  const sysctls = text.split('\n').flatMap((raw, index): Wanted[] => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) return [];
    const match = /^-?\s*([\w.\-/*]+)\s*=\s*(.*)$/.exec(line);
    if (match === null) throw new BadPlan(`line ${index + 1} is neither a comment nor NAME = VALUE`);
    const [, written = '', value = ''] = match;
    const name = written.includes('/') ? written.replaceAll('/', '.') : written;
    // An administrator's own sysctl file sets other things too.
    if (!known.has(name)) {
      foreignLines += 1;
      return [];
    }
    return [decodeWanted(name, value.replace(/\s+/g, ' '), known)];
  });
  if (sysctls.length === 0) throw new BadPlan('it sets none of the settings of a plan');
  return { sysctls, openFiles: null, erlang: { ports: null, processes: null }, ports: [], foreignLines };
}

function readJson(text: string): PrintedPlan {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new BadPlan('it is not JSON, or is truncated');
  }
  const plan = recordOf(data, 'it');
  const strange = Object.keys(plan).find((key) => !KEYS.includes(key));
  if (plan['schema'] !== SCHEMA)
    throw new BadPlan(`its schema is not ${SCHEMA}: it was made by another version of ctdiag`);
  if (strange !== undefined) throw new BadPlan(`no plan has the key ${JSON.stringify(strange)}`);
  const settings = plan['settings'];
  if (!Array.isArray(settings)) throw new BadPlan('it has no list of settings');
  const known = new Set(plannedSysctls());
  let openFiles: number | null = null;
  const erlang: { ports: number | null; processes: number | null } = { ports: null, processes: null };
  const sysctls = settings.flatMap((setting: unknown): Wanted[] => {
    const { name, kind, needed, action } = recordOf(setting, 'a setting');
    if (typeof name !== 'string') throw new BadPlan('a setting has no name');
    if (needed === null || action === 'leave') return [];
    if (typeof needed !== 'string' || !VALUE.test(needed))
      throw new BadPlan(`${JSON.stringify(name)} has a value that is not a number`);
    if (kind === 'sysctl') return [decodeWanted(name, needed, known)];
    if (name === 'LimitNOFILE') openFiles = Number(needed);
    if (name === 'node.max_ports') erlang.ports = Number(needed);
    if (name === 'node.process_limit') erlang.processes = Number(needed);
    return [];
  });
  return { sysctls, openFiles, erlang, ports: portsOf(plan['target']), foreignLines: 0 };
}

function decodeWanted(name: string, value: string, known: ReadonlySet<string>): Wanted {
  if (!known.has(name)) throw new BadPlan(`no plan sets ${JSON.stringify(name)}`);
  if (!VALUE.test(value)) throw new BadPlan(`${name} has a value that is not a number`);
  return { name, value };
}

function portsOf(target: unknown): number[] {
  const ports = recordOf(target, 'the target')['listen'];
  if (!Array.isArray(ports) || !ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536))
    throw new BadPlan('target.listen is not a list of ports');
  return ports as number[];
}

function recordOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadPlan(`${what} is not a JSON object`);
  return Object.fromEntries(Object.entries(value));
}
