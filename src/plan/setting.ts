import type { Why } from './why.js';

/** Whom a setting binds. */
export type SettingScope = 'node' | 'netns' | 'process' | 'application';

/** What sets it. */
export type SettingKind = 'sysctl' | 'module-option' | 'unit' | 'erlang' | 'emqx';

/**
 * What to do about a setting: `raise`, `lower`; `set` when the present value is not known; `enough` as it is;
 * `leave` for what should follow the protocol, or does not matter here.
 */
export type Action = 'raise' | 'lower' | 'set' | 'enough' | 'leave';

/** One row of a plan. */
export interface Setting {
  /** The kernel's, systemd's, Erlang's or EMQX's own name. */
  readonly name: string;
  readonly kind: SettingKind;
  readonly scope: SettingScope;
  /** As the kernel prints it; `null` is unknown. */
  readonly current: string | null;
  /** `null` where nothing is needed. */
  readonly needed: string | null;
  readonly action: Action;
  readonly why: Why;
  /** Memory that it may take when full; `null` where it takes none. */
  readonly costBytes: number | null;
  /** Connections at which the present value stops new ones; `null` where it stops none, or is unknown. */
  readonly stopsAt: number | null;
  /** New connections per second above which the present value drops some; `null` where it drops none. */
  readonly stopsAtRate: number | null;
}

/** What most settings are: a figure that is to be at least so much. */
interface AtLeast {
  readonly name: string;
  readonly kind?: SettingKind;
  readonly scope: SettingScope;
  readonly current: string | null;
  readonly needed: number;
  readonly why: Why;
  readonly costBytes?: number | null;
  readonly stopsAt?: number | null;
  readonly stopsAtRate?: number | null;
}

/** A setting that is to be at least `needed`; a greater one is never lowered. */
export function atLeast(row: AtLeast): Setting {
  const current = figure(row.current);
  return {
    kind: 'sysctl',
    costBytes: null,
    stopsAt: null,
    stopsAtRate: null,
    ...row,
    needed: String(row.needed),
    action: current === null ? 'set' : current >= row.needed ? 'enough' : 'raise',
  };
}

/** A setting that is best left alone. */
export function leave(row: Pick<Setting, 'name' | 'scope' | 'current' | 'why'>): Setting {
  return {
    kind: 'sysctl',
    needed: null,
    action: 'leave',
    costBytes: null,
    stopsAt: null,
    stopsAtRate: null,
    ...row,
  };
}

/** A figure as the kernel prints it; `null` when it is none. Those above 2^53 lose digits, not their rank. */
export function figure(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^\d{1,20}$/.test(text) ? Number(text) : null;
}

/** Rounded up to a sixteenth of its power of two: 6 % at most, and figures that one can tell apart. */
export function roundUp(value: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, value))) - 4);
  return Math.ceil(value / step) * step;
}

/** The present value of a sysctl; `null` is unknown. */
export function currentOf(
  host: { readonly sysctls: Readonly<Record<string, string>> },
  name: string,
): string | null {
  return Object.hasOwn(host.sysctls, name) ? (host.sysctls[name] ?? null) : null;
}
