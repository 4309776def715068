import type { Command, Option } from 'commander';

/** One option as the command line knows it, for completion and the manual. */
export interface OptionRow {
  /** As it is typed: `--format`, `-V, --version`. */
  readonly names: readonly string[];
  /** `<format>`; `null` for a flag. */
  readonly value: string | null;
  readonly choices: readonly string[];
  readonly help: string;
  readonly standard: string | null;
}

/** One command of the command line. */
export interface CommandRow {
  readonly name: string;
  readonly help: string;
  readonly args: readonly {
    readonly shown: string;
    readonly help: string;
    readonly choices: readonly string[];
  }[];
  readonly options: readonly OptionRow[];
}

/** Everything that a user may type, out of commander's own table. */
export function optionTable(root: Command): { readonly own: CommandRow; readonly commands: CommandRow[] } {
  const shown = root.createHelp().visibleCommands(root);
  return { own: rowOf(root), commands: shown.filter((command) => command.name() !== 'help').map(rowOf) };
}

function rowOf(command: Command): CommandRow {
  return {
    name: command.name(),
    help: command.description(),
    args: command.registeredArguments.map((registeredArgument) => ({
      shown: registeredArgument.required
        ? `<${registeredArgument.name()}>`
        : `[${registeredArgument.name()}]`,
      help: registeredArgument.description,
      choices: registeredArgument.argChoices ?? [],
    })),
    options: command.createHelp().visibleOptions(command).map(optionOf),
  };
}

function optionOf(option: Option): OptionRow {
  const value = /[<[][^>\]]+[>\]]/.exec(option.flags)?.[0] ?? null;
  const defaultValue: unknown = option.defaultValue;
  const standard = option.defaultValueDescription ?? (typeof defaultValue === 'string' ? defaultValue : null);
  return {
    names: [option.short, option.long].filter((item): item is string => item != null),
    value,
    choices: option.argChoices ?? [],
    help: option.description,
    standard,
  };
}
