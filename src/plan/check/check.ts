import type { SettingsRecord } from '../../records/index.js';
import { driftOf } from '../../limits/drift.js';
import type { SettingDrift } from '../../limits/drift.js';
import { satisfies } from './satisfies.js';

/** The value that a plan needs for a sysctl. */
export interface Wanted {
  readonly name: string;
  readonly value: string;
}

/**
 * `holds`: in effect now and after a reboot; `not-applied`: not in effect; `not-kept`: in effect, but lost at the next
 * boot or module load; `drifted`: running value and files differ; `unknown`: could not be read.
 */
export type CheckVerdict = 'holds' | 'not-applied' | 'not-kept' | 'drifted' | 'unknown';

/** One setting, compared. */
export interface CheckRow {
  readonly name: string;
  /** What the plan wants; `null` when the host is compared with its own files. */
  readonly wanted: string | null;
  readonly drift: SettingDrift;
  readonly verdict: CheckVerdict;
}

/** The result; the most severe row decides the status, in the terms of a diagnosis. */
export interface Check {
  readonly status: 'ok' | 'warning' | 'critical' | 'unknown';
  /** In the order they were asked for. */
  readonly rows: readonly CheckRow[];
}

/** What is compared. */
export interface Compared {
  readonly settings: SettingsRecord;
  /** Running values by name; absent is unknown. */
  readonly running: Readonly<Record<string, string>>;
  readonly kernel: string;
  readonly memTotalBytes: number | null;
  /** Bytes of a page; absent when it was not read. */
  readonly pageBytes?: number;
}

/** Compares a host with a plan. */
export function checkPlan(host: Compared, wanted: readonly Wanted[]): Check {
  return summarizeRows(
    wanted.map(({ name, value }) => {
      const drift = driftFor(host, name);
      return { name, wanted: value, drift, verdict: planVerdict(name, value, drift) };
    }),
  );
}

/** Compares a host with what its own files say. */
export function checkFiles(host: Compared, names: readonly string[]): Check {
  return summarizeRows(
    names.map((name) => {
      const drift = driftFor(host, name);
      return { name, wanted: null, drift, verdict: fileVerdict(drift) };
    }),
  );
}

/** Whether the value after the next boot, by the files or by default, is enough. */
export function holdsAfterBoot(host: Compared, { name, value }: Wanted): boolean {
  return isPersistent(name, value, driftFor(host, name));
}

function driftFor(host: Compared, name: string): SettingDrift {
  const { settings, running } = host;
  const value = Object.hasOwn(running, name) ? (running[name] ?? null) : null;
  return driftOf(settings, name, value, host);
}

function planVerdict(name: string, value: string, drift: SettingDrift): CheckVerdict {
  if (drift.running === null) return 'unknown';
  const applied = satisfies(name, drift.running, value);
  if (applied === null) return 'unknown';
  if (!applied) return 'not-applied';
  return isPersistent(name, value, drift) ? 'holds' : 'not-kept';
}

/** Whether the value after the next boot is enough for the plan. */
function isPersistent(
  name: string,
  value: string,
  { file, kernelDefault, verdict, kubeProxy }: SettingDrift,
): boolean {
  if (file === null)
    return (
      kubeProxy === null && kernelDefault !== null && satisfies(name, kernelDefault.value, value) === true
    );
  if (satisfies(name, file.value, value) !== true) return false;
  return verdict !== 'lost-at-next-boot' && verdict !== 'lost-at-module-load';
}

function fileVerdict({ verdict, file, heldBy }: SettingDrift): CheckVerdict {
  switch (verdict) {
    case 'same':
    case 'default':
    case 'unset':
      return 'holds';
    case 'lost-at-next-boot':
    case 'run-time-only':
      return 'not-kept';
    case 'lost-at-module-load':
    case 'overwritten-by-kube-proxy':
    case 'set-by-kube-proxy':
    case 'drift':
      return 'drifted';
    case 'unknown':
      // The sysctl does not exist yet (nf_conntrack not loaded): something must apply the file at module load.
      if (file === null) return 'holds';
      return heldBy === null ? 'not-kept' : 'holds';
  }
}

function summarizeRows(rows: readonly CheckRow[]): Check {
  const has = (...verdicts: readonly CheckVerdict[]): boolean =>
    rows.some(({ verdict }) => verdicts.includes(verdict));
  const status = has('not-applied')
    ? 'critical'
    : has('not-kept', 'drifted')
      ? 'warning'
      : has('unknown')
        ? 'unknown'
        : 'ok';
  return { status, rows };
}
