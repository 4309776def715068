import { Option } from 'commander';
import type { Command } from 'commander';
import { PROFILES } from '../plan/profiles.js';
import { PLAN_FORMATS } from '../render/plan/plan-format-names.js';
import { connections, count, kernelVersion, memory, ports, rate, unitName } from './plan-arguments.js';
import { planTask } from './plan-options.js';
import type { PlanFlags } from './plan-options.js';

/** Puts `ctdiag plan` on the command line. */
export function addPlanCommand(root: Command, finish: (exitCode: number) => void): void {
  root
    .command('plan')
    .description('size this host for a number of connections: every setting, why, what it costs')
    .addOption(
      new Option('--connections <n>', 'how many at the same time, such as 1000000 or 1M').argParser(
        connections,
      ),
    )
    .addOption(
      new Option(
        '--rate <rate>',
        'new ones at the worst time, such as 5000/s (default: all within 5 minutes)',
      ).argParser(rate),
    )
    .addOption(
      new Option('--memory <size>', 'RAM to plan with, such as 8G (default: what there is)').argParser(
        memory,
      ),
    )
    .addOption(new Option('--for <server>', 'what they end at').choices(PROFILES).default('generic'))
    .addOption(new Option('--listen <ports>', 'ports of the listeners, such as 1883,8883').argParser(ports))
    .addOption(new Option('--format <format>', 'how to print it').choices(PLAN_FORMATS).default('text'))
    .addOption(new Option('--unit <unit>', 'the systemd unit of the server').argParser(unitName))
    .option('--stock', 'plan for another machine, with stock settings; takes --memory', false)
    .addOption(new Option('--cpus <n>', 'its CPUs').argParser(count))
    .addOption(new Option('--kernel <version>', 'its kernel, such as 6.12').argParser(kernelVersion))
    .option(
      '--check [plan]',
      'compare this host with a plan (its JSON, or a sysctl file), now and after a boot',
    )
    .option('--live', 'compare this host with what its own files say', false)
    .option('--apply', 'set what the plan says, now and for good; all of it or nothing', false)
    .option('--rollback', 'restore what was before --apply', false)
    .option('--yes', 'apply or restore without asking', false)
    .option('--force', 'restore a limit that is below what is in use', false)
    .option('--root <dir>', 'read and write /proc, /sys and /etc below this folder')
    .action(async (flags: PlanFlags) => {
      const task = planTask(flags);
      const { planCommand } = await import('../commands/plan.js');
      finish(await planCommand(task));
    });
}
