import { usedOf, persistentFiles, runtimeChanges, satisfies } from '../plan/index.js';
import type { PersistentFile, Plan, SysctlChange } from '../plan/index.js';
import { counted, formatCount, safeText } from '../render/index.js';
import { openHostChanger } from './host-changer.js';
import type { HostChanger } from './host-changer.js';
import { errnoOf, describeFileError } from '../errno.js';
import { withUserErrors } from './user-errors.js';
import { EXIT, UserError } from '../exit.js';
import type { PlanCommands } from './follow-up.js';
import { unsatisfiedLines, refuseOverruled } from './host-check.js';
import { mergeStates, readState, STATE_FILE, UNCHANGED, writeState } from './state.js';
import type { StateBefore } from './state.js';

/** Asks a person; `null` when there is none to ask. */
export type Ask = ((question: string) => Promise<boolean>) | null;

export interface ApplyOptions {
  readonly root: string;
  readonly unit: string | null;
  readonly yes: boolean;
  readonly ask: Ask;
  readonly say: (line: string) => void;
  /** What to paste next. */
  readonly commands: PlanCommands;
  /** Another host to change than the one below `root`, for tests. */
  readonly host?: HostChanger;
}

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
    say(`${commands.rollback} restores what was before (${root}${STATE_FILE}).`);
  } else say(`Done. ${commands.rollback} restores what was before (${root}${STATE_FILE}).`);
  if (persistentFiles(plan, options.unit).some(({ path }) => path.startsWith('/etc/systemd/')))
    say('LimitNOFILE takes effect at the next start: systemctl daemon-reload, then restart the unit.');
  else say('LimitNOFILE was not set: name the service with --unit to write its drop-in.');
  if (plan.settings.some(({ name, action }) => name === 'nf_conntrack.hashsize' && action !== 'enough'))
    say('nf_conntrack.hashsize was not written: nf_conntrack_buckets sets the same, now and at each boot.');
  say('A larger somaxconn takes effect at the next listen(2): restart the server.');
  return left.length === 0 ? EXIT.ok : EXIT.warning;
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
          : `cannot be read (${errorReason(error)}).`;
      throw new UserError(EXIT.missing, `${change.name} ${why} Nothing was changed.`, { cause: error });
    }
  });
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

/** Opens every setting for writing before the first is changed. */
function checkWritable(host: HostChanger, changes: readonly SysctlChange[], asRoot: string): void {
  for (const { name } of changes) {
    try {
      host.tryToOpen(name);
    } catch (error) {
      throw new UserError(
        EXIT.cannotWrite,
        `${name} cannot be set: ${explainRefusal(error, asRoot)} Nothing was changed.`,
        {
          cause: error,
        },
      );
    }
  }
}

function explainRefusal(error: unknown, asRoot: string): string {
  switch (errnoOf(error)) {
    case 'EROFS':
      return '/proc/sys is read-only here, as in most containers. Apply the plan on the node, or use `--format kubernetes`.';
    case 'EACCES':
    case 'EPERM':
      return `only root may set it, in the host's own network namespace (${asRoot}).`;
    default:
      return `it ${describeFileError(error) ?? errorReason(error)}.`;
  }
}

/** Asks before the change; a no is not a failure. */
async function askToContinue({ yes, ask, say }: ApplyOptions, question: string): Promise<boolean> {
  if (yes) return true;
  if (ask === null)
    throw new UserError(
      EXIT.usage,
      'There is no terminal to confirm on. Nothing was changed. --yes applies without asking.',
    );
  const answer = await ask(question);
  if (!answer) say('Nothing was changed.');
  return answer;
}

/** `Change 3 settings and write 1 file`. */
function questionOf(settings: number, files: number, [change, write]: readonly [string, string]): string {
  return `${change} ${counted(settings, 'setting')} and ${write}${write === '' ? '' : ' '}${counted(files, 'file')}`;
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
    files: files.map(({ path }) => ({ path, before: host.file(path) })),
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
      `${step} failed: ${describeFileError(error) === null ? errorReason(error) : `it ${describeFileError(error) ?? ''} (${errorReason(error)})`}; ${
        left.length === 0
          ? 'everything was put back.'
          : `everything was put back except ${left.join(', ')}: ${commands.rollback} tries again.`
      }`,
      { cause: error },
    );
  }
}

/** Folders that writing the files will make, the outermost first. */
function missingFolders(host: HostChanger, files: readonly PersistentFile[]): string[] {
  const folders = files.flatMap(({ path }) => {
    const parts = path.split('/').slice(1, -1);
    return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
  });
  return [...new Set(folders)].filter((folder) => !host.exists(folder));
}

/** Puts back the previous values and files in reverse order. Returns what could not be restored. */
function restoreAll(host: HostChanger, before: StateBefore): string[] {
  const left: string[] = [];
  for (const { path, before: content } of [...before.files].reverse()) {
    try {
      if (content !== null) host.writeFile(path, content);
      else if (host.file(path) !== null) host.removeFile(path);
    } catch {
      left.push(`${host.root}${path}`);
    }
  }
  host.removeFolders(before.folders);
  for (const { name, from } of [...before.sysctls].reverse()) {
    try {
      if (host.sysctl(name) !== from) host.setSysctl(name, from);
      if (host.sysctl(name) !== from) left.push(name);
    } catch {
      left.push(name);
    }
  }
  return left;
}

/** The state file as it was before this plan; whether that could be done. */
function restoreState(host: HostChanger, earlier: StateBefore | null): boolean {
  try {
    if (earlier !== null) writeState(host, earlier);
    else if (host.file(STATE_FILE) !== null) host.removeFile(STATE_FILE);
    return true;
  } catch {
    return false;
  }
}

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
      `Everything was put back except ${left.join(', ')}; ${stateFile} is kept.`,
    );
  if (!restoreState(host, null))
    throw new UserError(
      EXIT.cannotWrite,
      `Everything was put back, but ${stateFile} could not be removed: delete it.`,
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

function errorReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
