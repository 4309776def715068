import type { Wanted } from './check/check.js';
import { plannedSysctls } from './names.js';

/** A plan as it was printed before. */
export interface PrintedPlan {
  readonly sysctls: readonly Wanted[];
  /** LimitNOFILE; `null` when the file does not say. */
  readonly openFiles: number | null;
  /** Ports of the listeners. */
  readonly ports: readonly number[];
  /** Lines of a sysctl file that set what no plan does: they are passed over. */
  readonly foreignLines: number;
}

/** What a file is not; render words nothing of it, it is a sentence already. */
export class BadPlan extends Error {
  override readonly name = 'BadPlan';
}

/** Longer is no plan. */
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
 * Reads a plan: the JSON of `--format json`, or a sysctl.d file of `--format sysctl`. Trusts nothing: a key or a
 * setting that no plan has is refused, as what it was meant to do is not known.
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
    // A person's own sysctl file sets other things too.
    if (!known.has(name)) {
      foreignLines += 1;
      return [];
    }
    return [wanted(name, value.replace(/\s+/g, ' '), known)];
  });
  if (sysctls.length === 0) throw new BadPlan('it sets nothing that a plan sets');
  return { sysctls, openFiles: null, ports: [], foreignLines };
}

function readJson(text: string): PrintedPlan {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new BadPlan('it is no JSON, or was cut off');
  }
  const plan = recordOf(data, 'it');
  const strange = Object.keys(plan).find((key) => !KEYS.includes(key));
  if (plan['schema'] !== SCHEMA)
    throw new BadPlan(`its schema is not ${SCHEMA}: made by another version of ctdiag`);
  if (strange !== undefined) throw new BadPlan(`no plan has the key ${JSON.stringify(strange)}`);
  const settings = plan['settings'];
  if (!Array.isArray(settings)) throw new BadPlan('it has no list of settings');
  const known = new Set(plannedSysctls());
  let openFiles: number | null = null;
  const sysctls = settings.flatMap((setting: unknown): Wanted[] => {
    const { name, kind, needed, action } = recordOf(setting, 'a setting');
    if (typeof name !== 'string') throw new BadPlan('a setting has no name');
    if (needed === null || action === 'leave') return [];
    if (typeof needed !== 'string' || !VALUE.test(needed))
      throw new BadPlan(`${JSON.stringify(name)} has a value that is no figure`);
    if (kind === 'sysctl') return [wanted(name, needed, known)];
    if (name === 'LimitNOFILE') openFiles = Number(needed);
    return [];
  });
  return { sysctls, openFiles, ports: portsOf(plan['target']), foreignLines: 0 };
}

function wanted(name: string, value: string, known: ReadonlySet<string>): Wanted {
  if (!known.has(name)) throw new BadPlan(`no plan sets ${JSON.stringify(name)}`);
  if (!VALUE.test(value)) throw new BadPlan(`${name} has a value that is no figure`);
  return { name, value };
}

function portsOf(target: unknown): number[] {
  const ports = recordOf(target, 'the target')['listen'];
  if (!Array.isArray(ports) || !ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536))
    throw new BadPlan('the ports of its target are none');
  return ports as number[];
}

function recordOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadPlan(`${what} is no JSON object`);
  return Object.fromEntries(Object.entries(value));
}
