import { Option } from 'commander';
import type { Command } from 'commander';
import { EXIT, UserError } from '../exit.js';
import { PROFILES } from '../plan/profiles.js';
import { PLAN_FORMATS } from '../render/plan/plan-format-names.js';
import {
  connections,
  count,
  emqxVersion,
  kernelVersion,
  memory,
  ports,
  rate,
  share,
  unitName,
} from './plan-arguments.js';
import { planTask } from './plan-options.js';
import type { PlanFlags } from './plan-options.js';

/** Puts `ctdiag plan` on the command line. */
export function addPlanCommand(root: Command, finish: (exitCode: number) => void): void {
  root
    .command('plan')
    .description('size this host for a number of connections: every setting, why, what it costs')
    .argument('[connections]', 'concurrent connections, such as 1000000 or 1M; as --connections', connections)
    .addOption(
      new Option('--connections <n>', 'concurrent connections, such as 1000000 or 1M').argParser(connections),
    )
    .addOption(
      new Option(
        '--rate <rate>',
        'new connections at the peak, such as 5000/s (default: all reconnect within 5 minutes)',
      ).argParser(rate),
    )
    .addOption(
      new Option('--memory <size>', 'RAM to plan with, such as 8G (default: all of it)').argParser(memory),
    )
    .addOption(new Option('--for <server>', 'server type').choices(PROFILES).default('generic'))
    .addOption(new Option('--listen <ports>', 'ports of the listeners, such as 1883,8883').argParser(ports))
    .addOption(
      new Option(
        '--tls <share>',
        'share of the connections with TLS, such as 30% (default: all if a TLS port is listed)',
      ).argParser(share),
    )
    .addOption(new Option('--emqx <version>', 'version of EMQX, such as 5.8 or 6.3').argParser(emqxVersion))
    .addOption(new Option('--format <format>', 'output format').choices(PLAN_FORMATS).default('text'))
    .addOption(new Option('--unit <unit>', 'systemd unit of the server').argParser(unitName))
    .option('--stock', 'plan for another machine with default settings; needs --memory', false)
    .addOption(new Option('--cpus <n>', 'number of CPUs').argParser(count))
    .addOption(new Option('--kernel <version>', 'kernel version, such as 6.12').argParser(kernelVersion))
    .option(
      '--check [plan]',
      'compare this host with a plan (a file, or the one for --connections), now and after a reboot',
    )
    .option('--live', 'compare the running values with the files of this host', false)
    .option('--apply', 'set everything the plan needs, now and after a reboot; all of it or nothing', false)
    .option('--rollback', 'restore the values from before --apply', false)
    .option('--yes', 'apply or restore without asking', false)
    .option('--force', 'with --rollback: restore even a limit that is below what is in use', false)
    .option('--root <dir>', 'read and write /proc, /sys and /etc below this folder')
    .action(async (count: number | undefined, flags: PlanFlags) => {
      const task = planTask(withCount(flags, count));
      const { planCommand } = await import('../commands/plan.js');
      finish(await planCommand(task));
    });
}

/** `ctdiag plan 1M` is `ctdiag plan --connections 1M`. */
function withCount(flags: PlanFlags, count: number | undefined): PlanFlags {
  if (count === undefined) return flags;
  if (flags.connections !== undefined && flags.connections !== count)
    throw new UserError(EXIT.usage, 'Two numbers of connections are given; leave one out.');
  return { ...flags, connections: count };
}
