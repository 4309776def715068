import type { ProfileName } from '../plan/profiles.js';
import type { PlanFormat } from '../render/plan/plan-format-names.js';
import { EXIT, UserError } from '../exit.js';
import type { PlanOptions, PlanTask } from '../apply/task.js';

/** Flags of `ctdiag plan` as the command line knows them. */
export interface PlanFlags {
  readonly connections?: number;
  readonly rate?: number;
  readonly memory?: number;
  readonly for: ProfileName;
  readonly listen?: readonly number[];
  readonly tls?: number;
  readonly emqx?: string;
  readonly format: PlanFormat;
  readonly unit?: string;
  readonly stock: boolean;
  readonly cpus?: number;
  readonly kernel?: string;
  readonly root?: string;
  /** `true` without a file: the host is compared with its own files. */
  readonly check?: string | true;
  readonly live: boolean;
  readonly apply: boolean;
  readonly rollback: boolean;
  readonly yes: boolean;
  readonly force: boolean;
}

/** The task that the flags ask for; refuses contradictions. */
export function planTask(flags: PlanFlags): PlanTask {
  const root = (flags.root ?? '').replace(/\/+$/, '');
  const tasks = [flags.check !== undefined || flags.live, flags.apply, flags.rollback].filter(Boolean).length;
  if (tasks > 1) throw new UserError(EXIT.usage, 'Give one of --check, --apply and --rollback.');
  if (flags.rollback) return { kind: 'rollback', root, yes: flags.yes, force: flags.force };
  if (flags.check !== undefined || flags.live) return checkTask(flags, root);
  if (flags.connections === undefined)
    throw new UserError(EXIT.usage, '--connections is missing: ctdiag plan --connections 1000000.');
  if (flags.apply && flags.stock)
    throw new UserError(
      EXIT.usage,
      '--stock plans for another machine and --apply changes this one: give only one of them.',
    );
  if (flags.apply && flags.format !== 'text')
    throw new UserError(EXIT.usage, `--apply writes the files itself: leave out --format ${flags.format}.`);
  if (flags.kernel !== undefined && !flags.stock)
    throw new UserError(
      EXIT.usage,
      '--kernel needs --stock (--stock --memory 16G): this host is planned for with the kernel it runs.',
    );
  const options = planOptions(flags, flags.connections, root);
  return flags.apply ? { kind: 'apply', options, yes: flags.yes } : { kind: 'print', options };
}

function checkTask(flags: PlanFlags, root: string): PlanTask {
  const { check, live, format, connections } = flags;
  if (typeof check === 'string' && live)
    throw new UserError(
      EXIT.usage,
      `Compare with the plan ${check} or with the host's own files (--live), not both.`,
    );
  if (connections !== undefined && typeof check === 'string')
    throw new UserError(
      EXIT.usage,
      `Compare with the plan ${check} or with a plan for ${connections} connections, not both.`,
    );
  if (connections !== undefined && live)
    throw new UserError(
      EXIT.usage,
      '--live compares with the files of this host, --check --connections with a plan: give one of them.',
    );
  if (connections !== undefined && flags.stock)
    throw new UserError(EXIT.usage, '--stock plans for another machine, and --check looks at this one.');
  if (format !== 'text' && format !== 'json')
    throw new UserError(EXIT.usage, `--check prints --format text or json, not ${format}.`);
  const options = connections === undefined ? null : planOptions(flags, connections, root);
  return { kind: 'check', file: typeof check === 'string' ? check : null, options, format, root };
}

function planOptions(flags: PlanFlags, connections: number, root: string): PlanOptions {
  return {
    connections,
    ratePerSec: flags.rate ?? null,
    memoryBytes: flags.memory ?? null,
    cpus: flags.cpus ?? null,
    kernel: flags.kernel ?? null,
    stock: flags.stock,
    root,
    profile: flags.for,
    ports: flags.listen ?? [],
    tlsShare: flags.tls ?? null,
    emqxVersion: flags.emqx ?? null,
    unit: flags.unit ?? null,
    format: flags.format,
  };
}
