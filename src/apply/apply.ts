import { isPlanText, persistentFiles, runtimeChanges, satisfies, usedOf } from '../plan/index.js';
import type { PersistentFile, Plan, SysctlChange } from '../plan/index.js';
import { formatCount, safeText } from '../render/index.js';
import { describeError } from '../errno.js';
import { EXIT, UserError } from '../exit.js';
import { checkWritable } from './check-writable.js';
import { askToContinue, questionOf } from './consent.js';
import type { ApplyOptions } from './consent.js';
import type { PlanCommands } from './follow-up.js';
import { openHostChanger } from './host-changer.js';
import type { FileBefore, HostChanger } from './host-changer.js';
import { refuseOverruled, unsatisfiedLines } from './host-check.js';
import { restoreAll, restoreState } from './restore.js';
import { mergeStates, readState, STATE_FILE, UNCHANGED, writeState } from './state.js';
import type { StateBefore } from './state.js';
import { UnsafePath } from '../sources/host/beneath.js';
import { describeRefusal, errorReason, withUserErrors } from './user-errors.js';

/** Sets what the plan needs, now and after a reboot; puts everything back when a step fails. Returns the exit code. */
export function applyPlan(plan: Plan, options: ApplyOptions): Promise<number> {
  return withUserErrors(options.commands.apply, () => applyToHost(plan, options));
}

async function applyToHost(plan: Plan, options: ApplyOptions): Promise<number> {
  const { say, root, commands } = options;
  const host = options.host ?? openHostChanger(root);
  const earlier = readState(host);
  const changes = presentValues(host, runtimeChanges(plan));
  const files = persistentFiles(plan, options.unit).filter(
    ({ path, text }) => host.file(path)?.text !== text,
  );
  refuseForeignText(host, files);
  refuseOverruled(plan, root);
  if (changes.length === 0 && files.length === 0) {
    const left = await unsatisfiedLines(plan, root);
    if (left.length === 0) say('Nothing to change: the plan is in effect, now and after a reboot.');
    else
      ['Nothing to write, but these settings of the plan are not in effect:', ...left].forEach((line) =>
        say(line),
      );
    return left.length === 0 ? EXIT.ok : EXIT.warning;
  }
  refuseBelowUse(plan, changes);
  checkWritable(host, changes, commands.apply);
  for (const { name, from, to } of changes) say(`  ${name}  ${from} -> ${to}`);
  for (const { path } of files) say(`  writes ${root}${path}`);
  if (!(await askToContinue(options, `${questionOf(changes.length, files.length, ['Change', 'write'])}?`)))
    return EXIT.ok;
  changeAll(host, changes, files, earlier, commands);
  const left = await unsatisfiedLines(plan, root);
  if (left.length > 0) {
    say('Everything was set and written, but these settings are not in effect now or after a reboot:');
    for (const line of left) say(line);
    say(`${commands.rollback} restores the previous values (${root}${STATE_FILE}).`);
  } else say(`Done. ${commands.rollback} restores the previous values (${root}${STATE_FILE}).`);
  if (persistentFiles(plan, options.unit).some(({ path }) => path.startsWith('/etc/systemd/')))
    say('LimitNOFILE takes effect at the next start: systemctl daemon-reload, then restart the unit.');
  else say('LimitNOFILE was not set: name the service with --unit to write its drop-in.');
  if (plan.settings.some(({ name, action }) => name === 'nf_conntrack.hashsize' && action !== 'enough'))
    say('nf_conntrack.hashsize was not written: nf_conntrack_buckets sets the same, now and at each boot.');
  say('A larger somaxconn takes effect at the next listen(2): restart the server.');
  return left.length === 0 ? EXIT.ok : EXIT.warning;
}

/** Refuses to overwrite lines of someone else: rollback restores only what a plan may write. */
function refuseForeignText(host: HostChanger, files: readonly PersistentFile[]): void {
  for (const { path } of files) {
    const present = host.file(path);
    if (present !== null && !isPlanText(path, present.text))
      throw new UserError(
        EXIT.cannotWrite,
        `${host.root}${path} contains lines that ctdiag did not write. Nothing was changed. To fix: move them to another file, then apply again.`,
      );
  }
}

interface Change extends SysctlChange {
  readonly from: string;
}

/** Reads the values again: they may have changed since the plan was made, and rollback restores these. */
function presentValues(host: HostChanger, changes: readonly SysctlChange[]): Change[] {
  return changes.map((change) => {
    try {
      return { ...change, from: host.sysctl(change.name) };
    } catch (error) {
      const why =
        errorReason(error) === 'ENOENT'
          ? "does not exist here (a container's network namespace lacks the node's settings). Apply the plan on the node."
          : `cannot be read: ${explainFailure(error)}.`;
      throw new UserError(EXIT.missing, `${change.name} ${why} Nothing was changed.`, { cause: error });
    }
  });
}

/** Why a step failed, for use after a colon. */
function explainFailure(error: unknown): string {
  return error instanceof UnsafePath ? `it ${describeRefusal(error) ?? ''}` : describeError(error);
}

/** Refuses a limit below what is in use: it would refuse connections at once. */
function refuseBelowUse(plan: Plan, changes: readonly SysctlChange[]): void {
  for (const { name, to } of changes) {
    const used = usedOf(name, plan.host.sysctls);
    if (used !== null && Number(to) < used)
      throw new UserError(
        EXIT.critical,
        `${name} = ${formatCount(Number(to))} is below the ${formatCount(used)} in use and would refuse new ones at once. Nothing was changed. Plan for more --connections.`,
      );
  }
}

/** Makes all changes; on a failure puts back what was changed and throws. */
function changeAll(
  host: HostChanger,
  changes: readonly Change[],
  files: readonly PersistentFile[],
  earlier: StateBefore | null,
  commands: PlanCommands,
): void {
  const done: StateBefore = {
    sysctls: changes,
    files: files.map(({ path }) => ({ path, before: contentOf(host, path) })),
    folders: missingFolders(host, files),
  };
  let step = `writing ${host.root}${STATE_FILE}`;
  let set = 0;
  let written = 0;
  try {
    // Written first, so that the previous values are known even when ctdiag is killed half-way.
    writeState(host, mergeStates(earlier ?? UNCHANGED, done));
    for (const { name, to } of changes) {
      step = `setting ${name}`;
      set += 1;
      host.setSysctl(name, to);
      const now = host.sysctl(name);
      if (satisfies(name, now, to) === false)
        throw new Error(`the kernel set ${safeText(now, 60)} instead of ${to}`);
    }
    for (const { path, text } of files) {
      step = `writing ${host.root}${path}`;
      written += 1;
      host.writeFile(path, { text, mode: 0o644 });
    }
  } catch (error) {
    const left = restoreAll(host, {
      sysctls: done.sysctls.slice(0, set),
      files: done.files.slice(0, written),
      folders: done.folders,
    });
    if (left.length === 0 && !restoreState(host, earlier)) left.push(`${host.root}${STATE_FILE}`);
    throw new UserError(
      EXIT.cannotWrite,
      `${step} failed: ${explainFailure(error)}; ${
        left.length === 0
          ? 'everything was restored.'
          : `everything was restored except ${left.join(', ')}: ${commands.rollback} tries again.`
      }`,
      { cause: error },
    );
  }
}

function contentOf(host: HostChanger, path: string): FileBefore | null {
  const file = host.file(path);
  return file === null ? null : { text: file.text, mode: file.mode };
}

/** Folders that writing the files will make, the outermost first. */
function missingFolders(host: HostChanger, files: readonly PersistentFile[]): string[] {
  const folders = files.flatMap(({ path }) => {
    const parts = path.split('/').slice(1, -1);
    return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
  });
  return [...new Set(folders)].filter((folder) => !host.exists(folder));
}
