import { Option } from 'commander';
import type { Command } from 'commander';
import { isHostArgument, readHosts } from '../commands/hosts/inventory.js';
import { EXIT, UserError } from '../exit.js';
import { REPORT_FORMATS } from '../render/report/report-formats.js';
import type { ReportFormat } from '../render/report/report-formats.js';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import { configOption, detailOption, duration, fromOption, sourceOption, toOption } from './options.js';
import type { FileSettings } from './options.js';
import { addSshOptions, recordArgsOf, refuseSshWithoutHosts, refuseTyped, sshOf } from './ssh-options.js';
import type { SshFlags } from './ssh-options.js';

interface DiagnoseFlags extends FileSettings, SshFlags {
  readonly duration: number;
  readonly format: ReportFormat;
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly from?: string;
  readonly to?: string;
}

/** Adds `ctdiag diagnose` to the command line. */
export function addDiagnoseCommand(root: Command, finish: (exitCode: number) => void): void {
  const diagnose = root
    .command('diagnose')
    .description('name the cause, from captures or by watching this host for a while')
    .argument(
      '[files-or-hosts...]',
      'captures or ring directories, - is standard input; or other hosts over ssh, @FILE is a list of them (default: this host)',
    )
    .addOption(fromOption())
    .addOption(toOption())
    .addOption(
      new Option('--duration <time>', 'how long to watch this host')
        .argParser(duration)
        .default(10_000, '10s'),
    )
    .addOption(new Option('--format <format>', 'output format').choices(REPORT_FORMATS).default('text'))
    .addOption(sourceOption())
    .addOption(detailOption())
    .addOption(configOption());
  addSshOptions(diagnose).action(async (files: string[], flags: DiagnoseFlags, command: Command) => {
    if (files.length > 0 && files.every((word) => isHostArgument(word))) {
      refuseTyped(
        command,
        ['from', 'to'],
        'applies to a capture, and hosts are given; --duration sets how long they are watched.',
      );
      const { diagnoseHosts } = await import('../commands/diagnose-hosts.js');
      const recordArgs = recordArgsOf(flags, command);
      finish(
        await diagnoseHosts({
          ...flags,
          hosts: readHosts(files),
          ssh: sshOf(flags),
          recordArgs,
          durationMs: flags.duration,
        }),
      );
      return;
    }
    refuseSshWithoutHosts(
      command,
      'A word with a folder in it, one that ends in .ctd or .gz, one that names a file here, and - are captures.',
    );
    const [file = null, ...more] = files;
    refuseMeaningless(file, command);
    const span = { from: flags.from ?? null, to: flags.to ?? null };
    if (more.length > 0) {
      const { diagnoseSeveral } = await import('../commands/diagnose-several.js');
      finish(await diagnoseSeveral(files, { ...flags, span }));
      return;
    }
    const { diagnoseCommand } = await import('../commands/diagnose.js');
    finish(await diagnoseCommand(file, { ...flags, durationMs: flags.duration, span }));
  });
}

/** Options that do not apply to a capture, or to a host. From a settings file they pass. */
function refuseMeaningless(file: string | null, command: Command): void {
  const isTyped = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  for (const name of file === null ? ['from', 'to'] : ['duration', 'source', 'detail'])
    if (isTyped(name))
      throw new UserError(
        EXIT.usage,
        file === null
          ? `--${name} applies to a capture, and none is given; --duration sets how long this host is watched.`
          : `--${name} applies to a live host, and ${file} is a capture; --from and --to select a part of it.`,
      );
}
