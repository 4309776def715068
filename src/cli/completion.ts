import type { Command } from 'commander';
import { optionTable } from './option-table.js';
import type { CommandRow, OptionRow } from './option-table.js';
import type { Shell } from './shells.js';

/** A completion script for a shell, of the same table as the command line and its help. */
export function completion(root: Command, shell: Shell): string {
  const { own, commands } = optionTable(root);
  const script = { bash, zsh, fish }[shell];
  return `${script(own, commands).join('\n')}\n`;
}

const names = (row: CommandRow): string => row.options.flatMap((option) => option.names).join(' ');
const choicesOf = (row: CommandRow): readonly string[] => row.args.flatMap((arg) => arg.choices);
const quoted = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;

function bash(own: CommandRow, commands: readonly CommandRow[]): string[] {
  const values = commands.flatMap((row) =>
    row.options
      .filter((option) => option.choices.length > 0)
      .map(
        (option) =>
          `    ${option.names.map((name) => `"${row.name} ${name}"`).join('|')}) COMPREPLY=($(compgen -W "${option.choices.join(' ')}" -- "$cur")); return ;;`,
      ),
  );
  const files = commands
    .flatMap((row) => row.options.filter((option) => option.value !== null && option.choices.length === 0))
    .flatMap((optionRow) => optionRow.names);
  return [
    '# bash completion for ctdiag: source <(ctdiag completion bash)',
    '_ctdiag() {',
    '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word',
    '  COMPREPLY=()',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    `    case $word in ${commands.map((command) => command.name).join('|')}) command=$word; break ;; esac`,
    '  done',
    '  case "$command $prev" in',
    ...values,
    '  esac',
    // Their value is a file or a time: the shell's own completion follows.
    `  case $prev in ${[...new Set(files)].join('|')}) return ;; esac`,
    '  case $command in',
    `    "") COMPREPLY=($(compgen -W "${commands.map((command) => command.name).join(' ')} ${names(own)}" -- "$cur")) ;;`,
    ...commands.map(
      (row) =>
        `    ${row.name}) [[ $cur == -* ]] && COMPREPLY=($(compgen -W "${names(row)}" -- "$cur"))${choicesOf(row).length === 0 ? '' : ` || COMPREPLY=($(compgen -W "${choicesOf(row).join(' ')}" -- "$cur"))`} ;;`,
    ),
    '  esac',
    '}',
    'complete -o default -F _ctdiag ctdiag',
  ];
}

function zsh(own: CommandRow, commands: readonly CommandRow[]): string[] {
  const help = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');
  const spec = ({ names: flags, value, choices, help: text }: OptionRow): string[] =>
    flags.map((flag) => {
      const action = choices.length > 0 ? `(${choices.join(' ')})` : '_files';
      return quoted(`${flag}[${help(text)}]${value === null ? '' : `:${help(value)}:${action}`}`);
    });
  return [
    '#compdef ctdiag',
    '_ctdiag() {',
    '  local context state line curcontext=$curcontext',
    '  typeset -A opt_args',
    `  _arguments -C ${own.options.flatMap(spec).join(' ')} '1:command:->command' '*::argument:->argument'`,
    '  case $state in',
    '    command) local -a commands=(',
    ...commands.map((row) => `      ${quoted(`${row.name}:${help(row.help)}`)}`),
    '    ); _describe command commands ;;',
    '    argument) case $line[1] in',
    ...commands.map((row) => {
      const args = row.args.map(({ shown, choices }) =>
        quoted(`*:${help(shown)}:${choices.length > 0 ? `(${choices.join(' ')})` : '_files'}`),
      );
      return `      ${row.name}) _arguments ${[...row.options.flatMap(spec), ...args].join(' ')} ;;`;
    }),
    '    esac ;;',
    '  esac',
    '}',
    'if [ "$funcstack[1]" = _ctdiag ]; then _ctdiag "$@"; else compdef _ctdiag ctdiag; fi',
  ];
}

function fish(own: CommandRow, commands: readonly CommandRow[]): string[] {
  const option = (when: string, { names: flags, value, choices, help }: OptionRow): string => {
    const named = flags.map((flag) =>
      flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
    );
    const taken = choices.length > 0 ? [`-x -a ${quoted(choices.join(' '))}`] : value === null ? [] : ['-r'];
    return ['complete -c ctdiag', `-n ${quoted(when)}`, ...named, ...taken, `-d ${quoted(help)}`].join(' ');
  };
  return [
    '# fish completion for ctdiag: ctdiag completion fish | source',
    ...own.options.map((optionRow) => option('__fish_use_subcommand', optionRow)),
    ...commands.flatMap((row) => {
      const when = `__fish_seen_subcommand_from ${row.name}`;
      return [
        `complete -c ctdiag -f -n __fish_use_subcommand -a ${row.name} -d ${quoted(row.help)}`,
        ...row.options.map((optionRow) => option(when, optionRow)),
        ...(choicesOf(row).length === 0
          ? []
          : [`complete -c ctdiag -f -n ${quoted(when)} -a ${quoted(choicesOf(row).join(' '))}`]),
      ];
    }),
  ];
}
