import type { ProfileName } from '../plan/profiles.js';
import type { PlanFormat } from '../render/index.js';

/** What `ctdiag plan` was asked for. */
export interface PlanOptions {
  readonly connections: number;
  readonly ratePerSec: number | null;
  readonly memoryBytes: number | null;
  readonly cpus: number | null;
  readonly kernel: string | null;
  /** Plan for a machine with stock settings instead of this one. */
  readonly stock: boolean;
  /** Read below this folder instead of `/`; empty is this host. */
  readonly root: string;
  readonly profile: ProfileName;
  readonly ports: readonly number[];
  /** Share of the connections with TLS, 0 to 1; `null`: by the ports. */
  readonly tlsShare: number | null;
  readonly emqxVersion: string | null;
  readonly unit: string | null;
  readonly format: PlanFormat;
}

/** What `ctdiag plan` is to do. */
export type PlanTask =
  | { readonly kind: 'print'; readonly options: PlanOptions }
  | { readonly kind: 'apply'; readonly options: PlanOptions; readonly yes: boolean }
  | { readonly kind: 'rollback'; readonly root: string; readonly yes: boolean; readonly force: boolean }
  | {
      readonly kind: 'check';
      readonly file: string | null;
      /** Check against the plan for these instead of a file. */
      readonly options: PlanOptions | null;
      readonly format: 'text' | 'json';
      readonly root: string;
    };
