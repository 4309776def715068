import type { Why } from './why.js';

/** What a setting applies to. */
export type SettingScope = 'node' | 'netns' | 'process' | 'application';

/** What sets it. */
export type SettingKind = 'sysctl' | 'module-option' | 'unit' | 'erlang' | 'emqx';

/**
 * What to do with a setting: `raise`, `lower`; `set` when the current value is unknown; `enough`: no change needed;
 * `leave`: it should stay as it is, or does not matter here.
 */
export type Action = 'raise' | 'lower' | 'set' | 'enough' | 'leave';

/** A row of a plan. */
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
  /** Memory that it takes when full, in bytes; `null`: none. */
  readonly costBytes: number | null;
  /** Number of connections at which the current value refuses new ones; `null`: never, or unknown. */
  readonly stopsAt: number | null;
  /** New connections per second above which the current value drops some; `null`: never, or unknown. */
  readonly stopsAtRate: number | null;
}

/** A setting with a minimum. */
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

/** A setting that must be at least `needed`; a higher value is never lowered. */
export function atLeast(row: AtLeast): Setting {
  const current = parseFigure(row.current);
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

/** A setting to leave as it is. */
export function leaveAlone(row: Pick<Setting, 'name' | 'scope' | 'current' | 'why'>): Setting {
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

/** A number as the kernel prints it; `null` if it is none. Above 2^53 the last digits are lost. */
export function parseFigure(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^\d{1,20}$/.test(text) ? Number(text) : null;
}

/** Rounds up to a sixteenth of the power of two below: by at most 6 %, to figures that are easy to read. */
export function roundUp(value: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, value))) - 4);
  return Math.ceil(value / step) * step;
}

/** The present value of a sysctl; `null` is unknown. */
export function currentValue(
  host: { readonly sysctls: Readonly<Record<string, string>> },
  name: string,
): string | null {
  return Object.hasOwn(host.sysctls, name) ? (host.sysctls[name] ?? null) : null;
}
