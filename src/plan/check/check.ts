import type { SettingsRecord } from '../../records/index.js';
import { driftOf } from '../../limits/drift.js';
import type { SettingDrift } from '../../limits/drift.js';
import { satisfies } from './satisfies.js';

/** What a plan wants of one sysctl. */
export interface Wanted {
  readonly name: string;
  readonly value: string;
}

/**
 * How one setting stands: `holds` now and after a boot; `not-applied` now; `not-kept`: now, but not after the next
 * boot or load of its module; `drifted`: what runs is not what the files say, or will not be; `unknown`.
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

/** The outcome, most severe row deciding; the same words as a diagnosis has. */
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
}

/** Compares a host with a plan. */
export function checkPlan(host: Compared, wanted: readonly Wanted[]): Check {
  return outcome(
    wanted.map(({ name, value }) => {
      const drift = driftFor(host, name);
      return { name, wanted: value, drift, verdict: planVerdict(name, value, drift) };
    }),
  );
}

/** Compares a host with what its own files say. */
export function checkFiles(host: Compared, names: readonly string[]): Check {
  return outcome(
    names.map((name) => {
      const drift = driftFor(host, name);
      return { name, wanted: null, drift, verdict: fileVerdict(drift) };
    }),
  );
}

/** Whether the next boot, of itself and by the files, ends with a value that does what is wanted. */
export function staysAfterBoot(host: Compared, { name, value }: Wanted): boolean {
  return isKept(name, value, driftFor(host, name));
}

function driftFor({ settings, running, kernel, memTotalBytes }: Compared, name: string): SettingDrift {
  const value = Object.hasOwn(running, name) ? (running[name] ?? null) : null;
  return driftOf(settings, name, value, { kernel, memTotalBytes });
}

function planVerdict(name: string, value: string, drift: SettingDrift): CheckVerdict {
  if (drift.running === null) return 'unknown';
  const applied = satisfies(name, drift.running, value);
  if (applied === null) return 'unknown';
  if (!applied) return 'not-applied';
  return isKept(name, value, drift) ? 'holds' : 'not-kept';
}

/** Whether the next boot ends with a value that the plan can live with. */
function isKept(
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
      // Not there yet, as conntrack's are before its module is: what a file says needs something to apply it then.
      if (file === null) return 'holds';
      return heldBy === null ? 'not-kept' : 'holds';
  }
}

function outcome(rows: readonly CheckRow[]): Check {
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
