import type { ProfileName } from '../plan/profiles.js';
import type { PlanFormat } from '../render/plan-format-names.js';
import type { PlanOptions } from './plan.js';

/** Flags of `ctdiag plan` as the command line knows them. */
export interface PlanFlags {
  readonly connections: number;
  readonly rate?: number;
  readonly memory?: number;
  readonly for: ProfileName;
  readonly listen?: readonly number[];
  readonly format: PlanFormat;
  readonly unit?: string;
  readonly stock: boolean;
  readonly cpus?: number;
  readonly kernel?: string;
  readonly root?: string;
}

/** What was asked for, out of the flags. */
export function planOptions(flags: PlanFlags): PlanOptions {
  return {
    connections: flags.connections,
    ratePerSec: flags.rate ?? null,
    memoryBytes: flags.memory ?? null,
    cpus: flags.cpus ?? null,
    kernel: flags.kernel ?? null,
    stock: flags.stock,
    root: (flags.root ?? '').replace(/\/+$/, ''),
    profile: flags.for,
    ports: flags.listen ?? [],
    unit: flags.unit ?? null,
    format: flags.format,
  };
}
