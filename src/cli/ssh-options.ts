import { accessSync, constants, statSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { EXIT, UserError } from '../exit.js';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import type { SshOptions } from '../sources/remote/ssh-options.js';

/** Flags of the commands that reach other hosts. */
export interface SshFlags {
  readonly sshConfig?: string;
  readonly remoteCommand: string;
  readonly sudo: boolean;
  readonly push?: string;
}

/** What `ctdiag record -` on the other side is told. */
interface RecordFlags {
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly interval?: number;
  readonly redact?: boolean;
}

const SSH_FLAGS = ['sshConfig', 'remoteCommand', 'sudo', 'push'] as const;

/** The other side's shell reads it: words, paths and options, and nothing that a shell would act on. */
const remoteCommand = (text: string): string => {
  if (!/^[\w./~=:@%+-]+(?: [\w./~=:@%+-]+)*$/.test(text))
    throw new InvalidArgumentError(
      'Give a program and its arguments without quotes, such as /opt/ctdiag/ctdiag.',
    );
  return text;
};

/** What is copied: a file that can be run. */
const executable = (path: string): string => {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    if (statSync(path).isFile()) return path;
  } catch {
    // Told below, whatever it is.
  }
  throw new InvalidArgumentError(
    'Give the single executable of ctdiag for those hosts, such as dist/release/ctdiag-…-linux-x64.',
  );
};

/** Adds how other hosts are reached. */
export function addSshOptions(command: Command): Command {
  return command
    .option('--sudo', 'on other hosts run ctdiag with sudo, which must not ask for a password', false)
    .addOption(
      new Option('--remote-command <command>', 'what ctdiag is called on other hosts')
        .argParser(remoteCommand)
        .default('ctdiag', 'ctdiag'),
    )
    .addOption(
      new Option(
        '--push <file>',
        'copy this executable of ctdiag to the other hosts, run it there, and remove it',
      ).argParser(executable),
    )
    .option('--ssh-config <file>', 'settings of ssh(1) (default: your own)');
}

/** How to reach other hosts, out of the flags. */
export function sshOf({ sshConfig, remoteCommand: named, sudo, push }: SshFlags): SshOptions {
  return { configFile: sshConfig ?? null, remoteCommand: named, sudo, push: push ?? null };
}

/** The arguments of `record -` over there: those that were typed, so that an older ctdiag understands the rest. */
export function recordArgsOf(flags: RecordFlags, command: Command): string[] {
  const isTyped = (name: string): boolean =>
    !['default', undefined].includes(command.getOptionValueSource(name));
  return [
    ...(isTyped('source') ? ['--source', flags.source] : []),
    ...(isTyped('detail') ? ['--detail', flags.detail] : []),
    ...(isTyped('interval') ? ['--interval', `${flags.interval ?? 1000}ms`] : []),
    ...(flags.redact === true ? ['--redact'] : []),
  ];
}

/** Refuses options that say nothing where other hosts are watched, or where none is. */
export function refuseTyped(command: Command, names: readonly string[], why: string): void {
  for (const name of names) {
    if (command.getOptionValueSource(name) !== 'cli') continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UserError(EXIT.usage, `--${flag} ${why}`);
  }
}

/** Refuses the options of ssh where no host is given; `hint` says what is taken for one. */
export function refuseSshWithoutHosts(command: Command, hint = ''): void {
  refuseTyped(command, SSH_FLAGS, `is for other hosts, and none is given.${hint === '' ? '' : ` ${hint}`}`);
}
