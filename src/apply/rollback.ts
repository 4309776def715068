import { formatCount } from '../render/index.js';
import { EXIT, UserError } from '../exit.js';
import { checkWritable } from './check-writable.js';
import { askToContinue, questionOf } from './consent.js';
import type { ApplyOptions } from './consent.js';
import { openHostChanger } from './host-changer.js';
import type { HostChanger } from './host-changer.js';
import { restoreAll, restoreState } from './restore.js';
import { readState, STATE_FILE } from './state.js';
import { withUserErrors } from './user-errors.js';

/** Restores what was before the plan. Returns the exit code. */
export function rollbackPlan(options: RollbackOptions): Promise<number> {
  return withUserErrors(options.commands.rollbackAsRoot, () => rollbackHost(options));
}

type RollbackOptions = ApplyOptions & { readonly force: boolean };

async function rollbackHost(options: RollbackOptions): Promise<number> {
  const { say, root, commands } = options;
  const host = options.host ?? openHostChanger(root);
  const stateFile = `${root}${STATE_FILE}`;
  const state = readState(host);
  if (state === null)
    throw new UserError(
      EXIT.missing,
      `No plan was applied: ${stateFile} does not exist. Nothing was changed.`,
    );
  const used = entriesInUse(host);
  const max = state.sysctls.find(({ name }) => name === 'net.netfilter.nf_conntrack_max');
  if (!options.force && max !== undefined && used !== null && Number(max.from) < used && Number(max.from) > 0)
    throw new UserError(
      EXIT.critical,
      `${max.name} = ${formatCount(Number(max.from))} is below the ${formatCount(used)} in use and would refuse new ones at once. Nothing was changed. --force restores it anyway.`,
    );
  checkWritable(host, state.sysctls, commands.rollbackAsRoot);
  for (const { name, from } of [...state.sysctls].reverse())
    say(`  ${name}  ${host.sysctl(name)} -> ${from}`);
  for (const { path, before } of state.files)
    say(`  ${before === null ? 'removes' : 'restores'} ${root}${path}`);
  if (
    !(await askToContinue(
      options,
      `${questionOf(state.sysctls.length, state.files.length, ['Restore', ''])}?`,
    ))
  )
    return EXIT.ok;
  const left = restoreAll(host, state);
  if (left.length > 0)
    throw new UserError(
      EXIT.cannotWrite,
      `Everything was restored except ${left.join(', ')}; ${stateFile} is kept.`,
    );
  if (!restoreState(host, null))
    throw new UserError(
      EXIT.cannotWrite,
      `Everything was restored, but ${stateFile} could not be removed: delete it.`,
    );
  say('Done: everything is as it was before the plan.');
  return EXIT.ok;
}

function entriesInUse(host: HostChanger): number | null {
  try {
    return Number(host.sysctl('net.netfilter.nf_conntrack_count'));
  } catch {
    return null;
  }
}
