import { checkPlan, overruledBy, persistentSysctls, readSysctls, satisfies } from '../plan/index.js';
import type { Check, CheckRow, Plan } from '../plan/index.js';
import { checkRowsText, safeText } from '../render/index.js';
import { readHost } from '../sources/host/read-host.js';
import { EXIT, UserError } from '../exit.js';
import { comparedHost } from './host-snapshot.js';

/** A sentence for each line of the host's files that would undo the plan at the next boot. */
export function describeOverruled(plan: Plan, root: string): string[] {
  if (plan.files === null) return [];
  const persisted = persistentSysctls(plan).map(({ name, to }) => ({ name, value: to }));
  return overruledBy(plan.files.settings, persisted).map(
    ({ name, value, by: { file, line, value: said } }) =>
      `${safeText(`${root}${file}`, 300)}${line === null ? '' : `:${line}`} sets ${name} to ${safeText(said, 60)} and is read after ctdiag's file: the next boot would undo ${value}.`,
  );
}

/** Refuses a plan that the next boot would undo. */
export function refuseOverruled(plan: Plan, root: string): void {
  const words = describeOverruled(plan, root);
  if (words.length === 0) return;
  throw new UserError(
    EXIT.warning,
    `${words.join('\n')}\nNothing was changed. To fix: remove ${words.length === 1 ? 'that line' : 'those lines'}, then apply again.`,
  );
}

/** Reads the host again and describes each setting of the plan that is not in effect now or after a reboot. */
export async function unsatisfiedLines(plan: Plan, root: string): Promise<string[]> {
  const host = await readHost({ root }, readSysctls(), []);
  const wanted = plan.settings.flatMap(({ name, kind, action, needed }) =>
    kind === 'sysctl' && action !== 'leave' && needed !== null ? [{ name, value: needed }] : [],
  );
  const { rows }: Check = checkPlan(comparedHost(root, host), wanted);
  return checkRowsText(rows.filter((row) => row.verdict !== 'holds' && !pendingModuleLoad(row)));
}

/** The module is not loaded yet; a file has the planned value and a udev rule or the like applies it at load. */
function pendingModuleLoad({ name, wanted, drift }: CheckRow): boolean {
  const { running, file, heldBy } = drift;
  return (
    running === null &&
    file !== null &&
    wanted !== null &&
    heldBy !== null &&
    satisfies(name, file.value, wanted) === true
  );
}
