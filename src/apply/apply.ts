import { inUse, persistentFiles, runtimeChanges, satisfies } from '../plan/index.js';
import type { PersistentFile, Plan, SysctlChange } from '../plan/index.js';
import { counted, formatCount, safeText } from '../render/index.js';
import { openHostChanger } from './host-changer.js';
import type { HostChanger } from './host-changer.js';
import { errnoOf, describeFileError } from '../errno.js';
import { withUserErrors } from './user-errors.js';
import { EXIT, UserError } from '../exit.js';
import type { PlanCommands } from './follow-up.js';
import { notHeld, refuseOverruled } from './host-check.js';
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

/** Sets what the plan says, now and for good; as it was before when anything fails. Returns the exit code. */
export function applyPlan(plan: Plan, options: ApplyOptions): Promise<number> {
  return withUserErrors(options.commands.apply, () => apply(plan, options));
}

async function apply(plan: Plan, options: ApplyOptions): Promise<number> {
  const { say, root, commands } = options;
  const host = options.host ?? openHostChanger(root);
  const earlier = readState(host);
  const changes = presentValues(host, runtimeChanges(plan));
  const files = persistentFiles(plan, options.unit).filter(
    ({ path, text }) => host.file(path)?.text !== text,
  );
  refuseOverruled(plan, root);
  if (changes.length === 0 && files.length === 0) {
    const left = await notHeld(plan, root);
    if (left.length === 0) say('Nothing to change: every setting is as the plan wants it, and kept.');
    else
      ['There is nothing to write, but of the plan this does not hold:', ...left].forEach((line) =>
        say(line),
      );
    return left.length === 0 ? EXIT.ok : EXIT.warning;
  }
  refuseBelowUse(plan, changes);
  tryAll(host, changes, commands.apply);
  for (const { name, from, to } of changes) say(`  ${name}  ${from} -> ${to}`);
  for (const { path } of files) say(`  writes ${root}${path}`);
  if (!(await confirmed(options, `${asked(changes.length, files.length, ['Change', 'write'])}?`)))
    return EXIT.ok;
  carryOut(host, changes, files, earlier, commands);
  const left = await notHeld(plan, root);
  if (left.length > 0) {
    say('All is set and written, but of the plan this does not hold, now or after a boot:');
    for (const line of left) say(line);
    say(`${commands.rollback} restores what was before (${root}${STATE_FILE}).`);
  } else say(`Done. ${commands.rollback} restores what was before (${root}${STATE_FILE}).`);
  if (persistentFiles(plan, options.unit).some(({ path }) => path.startsWith('/etc/systemd/')))
    say('The limit of open files holds from the next start: systemctl daemon-reload, then restart the unit.');
  else say('LimitNOFILE is not set: --unit names the service whose drop-in is to be written.');
  if (plan.settings.some(({ name, action }) => name === 'nf_conntrack.hashsize' && action !== 'enough'))
    say('nf_conntrack.hashsize is not written: nf_conntrack_buckets sets the same, now and at each boot.');
  say('A listener takes a larger somaxconn at its next listen(2): restart or reload the server.');
  return left.length === 0 ? EXIT.ok : EXIT.warning;
}

interface Change extends SysctlChange {
  readonly from: string;
}

/** What the plan read may have changed since: what is restored is what is there now. */
function presentValues(host: HostChanger, changes: readonly SysctlChange[]): Change[] {
  return changes.map((change) => {
    try {
      return { ...change, from: host.sysctl(change.name) };
    } catch (error) {
      const why =
        reason(error) === 'ENOENT'
          ? 'is not there, as settings of the node are not in the network namespace of a container; apply the plan on the node.'
          : `cannot be read (${reason(error)}).`;
      throw new UserError(EXIT.missing, `${change.name} ${why} Nothing was changed.`, { cause: error });
    }
  });
}

/** A limit below what is in use would refuse connections at once. */
function refuseBelowUse(plan: Plan, changes: readonly SysctlChange[]): void {
  for (const { name, to } of changes) {
    const used = inUse(name, plan.host.sysctls);
    if (used !== null && Number(to) < used)
      throw new UserError(
        EXIT.critical,
        `${name} = ${formatCount(Number(to))} would be below the ${formatCount(used)} in use, and refuse new ones at once; nothing was changed. Plan for more --connections.`,
      );
  }
}

/** Before anything is changed: can everything be? */
function tryAll(host: HostChanger, changes: readonly SysctlChange[], asRoot: string): void {
  for (const { name } of changes) {
    try {
      host.tryToOpen(name);
    } catch (error) {
      throw new UserError(
        EXIT.cannotWrite,
        `${name} cannot be set: ${why(error, asRoot)} Nothing was changed.`,
        {
          cause: error,
        },
      );
    }
  }
}

function why(error: unknown, asRoot: string): string {
  switch (errnoOf(error)) {
    case 'EROFS':
      return '/proc/sys is read-only here, as in most containers; apply the plan on the node, or by `--format kubernetes`.';
    case 'EACCES':
    case 'EPERM':
      return `only root may, in the first network namespace of the host (${asRoot}).`;
    default:
      return `it ${describeFileError(error) ?? reason(error)}.`;
  }
}

/** Whether to go on. That a person says no is no failure. */
async function confirmed({ yes, ask, say }: ApplyOptions, question: string): Promise<boolean> {
  if (yes) return true;
  if (ask === null)
    throw new UserError(
      EXIT.usage,
      'There is no terminal to ask on: --yes applies without asking. Nothing was changed.',
    );
  const answer = await ask(question);
  if (!answer) say('Nothing was changed.');
  return answer;
}

/** `Change 3 settings and write 1 file`. */
function asked(settings: number, files: number, [change, write]: readonly [string, string]): string {
  return `${change} ${counted(settings, 'setting')} and ${write}${write === '' ? '' : ' '}${counted(files, 'file')}`;
}

/** Changes everything, or nothing. */
function carryOut(
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
    // First of all, so that what was before is known even if we are killed half-way.
    writeState(host, mergeStates(earlier ?? UNCHANGED, done));
    for (const { name, to } of changes) {
      step = `setting ${name}`;
      set += 1;
      host.setSysctl(name, to);
      const now = host.sysctl(name);
      if (satisfies(name, now, to) === false)
        throw new Error(`the kernel made ${safeText(now, 60)} of ${to}`);
    }
    for (const { path, text } of files) {
      step = `writing ${host.root}${path}`;
      written += 1;
      host.writeFile(path, { text, mode: 0o644 });
    }
  } catch (error) {
    const left = restore(host, {
      sysctls: done.sysctls.slice(0, set),
      files: done.files.slice(0, written),
      folders: done.folders,
    });
    if (left.length === 0 && !forget(host, earlier)) left.push(`${host.root}${STATE_FILE}`);
    throw new UserError(
      EXIT.cannotWrite,
      `${step} failed: ${describeFileError(error) === null ? reason(error) : `it ${describeFileError(error) ?? ''} (${reason(error)})`}; ${
        left.length === 0
          ? 'everything is as it was before.'
          : `all is as it was but ${left.join(', ')}: ${commands.rollback} tries again.`
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
  return [...new Set(folders)].filter((folder) => !host.isThere(folder));
}

/** Puts back what was before, in reverse. Returns what could not be. */
function restore(host: HostChanger, before: StateBefore): string[] {
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
function forget(host: HostChanger, earlier: StateBefore | null): boolean {
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
  return withUserErrors(options.commands.rollbackAsRoot, () => rollback(options));
}

type RollbackOptions = ApplyOptions & { readonly force: boolean };

async function rollback(options: RollbackOptions): Promise<number> {
  const { say, root, commands } = options;
  const host = options.host ?? openHostChanger(root);
  const stateFile = `${root}${STATE_FILE}`;
  const state = readState(host);
  if (state === null)
    throw new UserError(EXIT.missing, `No plan is applied: ${stateFile} is not there. Nothing was changed.`);
  const used = countInUse(host);
  const max = state.sysctls.find(({ name }) => name === 'net.netfilter.nf_conntrack_max');
  if (!options.force && max !== undefined && used !== null && Number(max.from) < used && Number(max.from) > 0)
    throw new UserError(
      EXIT.critical,
      `${max.name} = ${formatCount(Number(max.from))} would be below the ${formatCount(used)} in use, and refuse new ones at once; nothing was changed. --force restores it all the same.`,
    );
  tryAll(host, state.sysctls, commands.rollbackAsRoot);
  for (const { name, from } of [...state.sysctls].reverse())
    say(`  ${name}  ${host.sysctl(name)} -> ${from}`);
  for (const { path, before } of state.files)
    say(`  ${before === null ? 'removes' : 'restores'} ${root}${path}`);
  if (!(await confirmed(options, `${asked(state.sysctls.length, state.files.length, ['Restore', ''])}?`)))
    return EXIT.ok;
  const left = restore(host, state);
  if (left.length > 0)
    throw new UserError(EXIT.cannotWrite, `All is as it was but ${left.join(', ')}; ${stateFile} is kept.`);
  if (!forget(host, null))
    throw new UserError(EXIT.cannotWrite, `All is as it was, but ${stateFile} cannot be removed: remove it.`);
  say('Done: everything is as it was before the plan.');
  return EXIT.ok;
}

function countInUse(host: HostChanger): number | null {
  try {
    return Number(host.sysctl('net.netfilter.nf_conntrack_count'));
  } catch {
    return null;
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
