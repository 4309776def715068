import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { connections } from './plan-arguments.js';
import { EXIT, UserError } from '../exit.js';
import { duration } from './options.js';
import { parsePort } from './values/port.js';

interface LimitsFlags {
  readonly format: 'text' | 'json';
  readonly duration: number;
  readonly port?: number;
  readonly pid?: number;
  readonly plateau?: number;
  readonly entries: boolean;
}

/** Adds `ctdiag limits` to the command line. */
export function addLimitsCommand(root: Command, finish: (exitCode: number) => void): void {
  root
    .command('limits')
    .description('every ceiling of this host, nearest first: use, limit, growth, and where it is set')
    .argument('[file]', 'capture or ring directory; - is standard input (default: this host)')
    .addOption(new Option('--format <format>', 'output format').choices(['text', 'json']).default('text'))
    .addOption(
      new Option('--duration <time>', 'how long to watch this host for growth')
        .argParser(duration)
        .default(2000, '2s'),
    )
    .addOption(
      new Option('--port <port>', 'only listeners on this port, and their processes').argParser(parsePort),
    )
    .addOption(new Option('--pid <pid>', 'only this process, and its listeners').argParser(parsePositive))
    .addOption(
      new Option(
        '--plateau <connections>',
        'connections stop growing at this number: which ceilings have that value here',
      ).argParser(connections),
    )
    .option('--entries', 'dump the conntrack tables once, and show who fills them', false)
    .action(async (file: string | undefined, flags: LimitsFlags, command: Command) => {
      if (file !== undefined && command.getOptionValueSource('duration') === 'cli')
        throw new UserError(
          EXIT.usage,
          `--duration says how long this host is watched, and ${file} is a capture: leave it out.`,
        );
      const { limits } = await import('../commands/limits.js');
      const { format, port = null, pid = null, plateau = null, entries } = flags;
      finish(await limits(file ?? null, { format, port, pid, plateau, entries, durationMs: flags.duration }));
    });
}

function parsePositive(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 2 ** 31) throw new InvalidArgumentError('Give a whole number above 0.');
  return value;
}
