import { quoted } from '../shell/quote.js';
import { asUser } from '../shell/invocation.js';
import { asRoot } from '../shell/invocation.js';
import type { PlanOptions } from './task.js';

/** Commands to paste next, for the same host and plan. */
export interface PlanCommands {
  /** Applies the plan, as root. */
  readonly apply: string;
  /** Restores what was before. */
  readonly rollback: string;
  readonly rollbackAsRoot: string;
}

/** The commands for a plan; without options the apply command is incomplete. */
export function planCommands(root: string, options: PlanOptions | null): PlanCommands {
  const rooted = root === '' ? '' : ` --root ${quoted(root)}`;
  const rollback = `plan --rollback${rooted}`;
  return {
    apply: asRoot(`plan${options === null ? '' : argumentsOf(options)}${rooted} --apply`),
    rollback: asUser(rollback),
    rollbackAsRoot: asRoot(rollback),
  };
}

function argumentsOf(options: PlanOptions): string {
  const { connections, ratePerSec, memoryBytes, profile, ports, unit, cpus, tlsShare, emqxVersion } = options;
  const given: readonly (readonly [name: string, value: string | null])[] = [
    ['connections', String(connections)],
    ['rate', ratePerSec === null ? null : `${ratePerSec}/s`],
    ['memory', memoryBytes === null ? null : `${Math.ceil(memoryBytes / 1024)}K`],
    ['for', profile === 'generic' ? null : profile],
    ['listen', ports.length === 0 ? null : ports.join(',')],
    ['tls', tlsShare === null ? null : `${Math.round(tlsShare * 10_000) / 100}%`],
    ['emqx', emqxVersion],
    ['unit', unit],
    ['cpus', cpus === null ? null : String(cpus)],
  ];
  return given.map(([name, value]) => (value === null ? '' : ` --${name} ${quoted(value)}`)).join('');
}
