import { checkPlan, overruledBy, persistentSysctls, readSysctls, satisfies } from '../plan/index.js';
import type { Check, CheckRow, Plan } from '../plan/index.js';
import { checkRowsText, safeText } from '../render/index.js';
import { readHost } from '../sources/host/read-host.js';
import { EXIT, UserError } from '../exit.js';
import { comparedHost } from './host-snapshot.js';

/** One sentence for each line that the next boot would take the plan back by. */
export function overruledWords(plan: Plan, root: string): string[] {
  if (plan.files === null) return [];
  const kept = persistentSysctls(plan).map(({ name, to }) => ({ name, value: to }));
  return overruledBy(plan.files.settings, kept).map(
    ({ name, value, by: { file, line, value: said } }) =>
      `${safeText(`${root}${file}`, 300)}${line === null ? '' : `:${line}`} sets ${name} to ${safeText(said, 60)} and is read after ctdiag's own file: the next boot would take back ${value}.`,
  );
}

/** A plan that the next boot takes back is not begun. */
export function refuseOverruled(plan: Plan, root: string): void {
  const words = overruledWords(plan, root);
  if (words.length === 0) return;
  throw new UserError(
    EXIT.warning,
    `${words.join('\n')}\nRemove ${words.length === 1 ? 'that line' : 'those lines'}, then apply again. Nothing was changed.`,
  );
}

/** Looks at the host anew: what of the plan does not hold, now or after a boot, in lines; none when all does. */
export async function notHeld(plan: Plan, root: string): Promise<string[]> {
  const host = await readHost({ root }, readSysctls(), []);
  const wanted = plan.settings.flatMap(({ name, kind, action, needed }) =>
    kind === 'sysctl' && action !== 'leave' && needed !== null ? [{ name, value: needed }] : [],
  );
  const { rows }: Check = checkPlan(comparedHost(root, host), wanted);
  return checkRowsText(rows.filter((row) => row.verdict !== 'holds' && !waitsForModule(row)));
}

/** What is not there yet will be as planned when it comes: a file says so, and something has that read then. */
function waitsForModule({ name, wanted, drift }: CheckRow): boolean {
  const { running, file, heldBy } = drift;
  return (
    running === null &&
    file !== null &&
    wanted !== null &&
    heldBy !== null &&
    satisfies(name, file.value, wanted) === true
  );
}
