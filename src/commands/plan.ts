import type { Plan } from '../plan/index.js';
import { formatPlan, memoryWords, safeText } from '../render/index.js';
import { createInterface } from 'node:readline/promises';
import { EXIT, UserError } from '../exit.js';
import { applyPlan } from '../apply/apply.js';
import { rollbackPlan } from '../apply/rollback.js';
import type { Ask } from '../apply/consent.js';
import { checkCommand } from './plan-check.js';
import { describeOverruled } from '../apply/host-check.js';
import { makePlan } from './make-plan.js';
import { isUnitPresent } from '../sources/host/units.js';
import { unitOf } from '../plan/index.js';
import { planCommands } from '../apply/follow-up.js';
import type { PlanTask } from '../apply/task.js';
import type { PlanOptions } from '../apply/task.js';

/** Does what was asked for. Returns the exit code. */
export async function planCommand(task: PlanTask): Promise<number> {
  if (task.kind === 'print' || task.kind === 'apply') refuseMissingUnit(task.options);
  switch (task.kind) {
    case 'print':
      return printPlan(task.options);
    case 'check':
      return checkCommand(task);
    case 'apply': {
      const { options, yes } = task;
      const plan = await makePlan(options);
      refuseWhatDoesNotFit(plan);
      const { root, profile } = options;
      const named = unitOf(profile, options.unit);
      // A server that runs in a container has no unit here: a drop-in would belong to nothing.
      const unit = named !== null && isUnitPresent(root, named) ? named : null;
      const commands = planCommands(root, options);
      return applyPlan(plan, { root, unit, yes, ask: askOnTerminal(), say: printLine, commands });
    }
    case 'rollback':
      return rollbackPlan({
        ...task,
        unit: null,
        ask: askOnTerminal(),
        say: printLine,
        commands: planCommands(task.root, null),
      });
  }
}

/** Prints the plan. Returns the exit code: 2 when the RAM cannot hold so many. */
async function printPlan(options: PlanOptions): Promise<number> {
  const plan = await makePlan(options);
  if (options.format !== 'text' && options.format !== 'json') refuseWhatDoesNotFit(plan);
  if (options.format === 'sysctl')
    for (const words of describeOverruled(plan, options.root)) process.stderr.write(`ctdiag: ${words}\n`);
  process.stdout.write(formatPlan(options.format, plan, { unit: options.unit }));
  return plan.memory.fits ? EXIT.ok : EXIT.critical;
}

/** A drop-in of a unit that does not exist sets nothing, and looks as if it did. */
function refuseMissingUnit({ unit, stock, root }: PlanOptions): void {
  if (unit === null || stock || isUnitPresent(root, unit)) return;
  throw new UserError(
    EXIT.missing,
    `There is no unit ${unit} on this host. \`systemctl list-units --type=service\` lists those that run; --stock plans for another machine.`,
  );
}

/** Refuses to write settings for more connections than the RAM can hold. */
function refuseWhatDoesNotFit(plan: Plan): void {
  if (plan.memory.fits) return;
  throw new UserError(
    EXIT.critical,
    `${memoryWords(plan)}\nNothing was written. Plan for fewer connections, or with more --memory.`,
  );
}

function printLine(line: string): void {
  process.stdout.write(`${safeText(line, 4000)}\n`);
}

/** Asks on the terminal; `null` if stdin or stdout is not one. */
function askOnTerminal(): Ask {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return null;
  return async (question) => {
    const asking = createInterface({ input: process.stdin, output: process.stdout });
    try {
      return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
    } finally {
      asking.close();
    }
  };
}
