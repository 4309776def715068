import type { Command } from 'commander';
import { optionTable } from './option-table.js';
import type { CommandRow, OptionRow } from './option-table.js';

const EXITS: readonly (readonly [codes: string, meaning: string])[] = [
  ['0', 'nothing wrong (diagnose); success; the plan fits, holds (--check) or was declined (plan)'],
  [
    '1',
    'warning (diagnose); what is set now would be lost at the next boot (plan --check, --apply); a probe counts otherwise than the kernel (doctor --prove)',
  ],
  [
    '2',
    'critical: connections were refused (diagnose); the RAM does not hold the connections, or the plan is not in effect (plan, --check)',
  ],
  ['3', 'unknown: what is needed to decide could not be read (diagnose, plan --check)'],
  ['64', 'wrong usage, or a wrong setting'],
  ['65', 'bad data'],
  ['69', 'something needed is missing'],
  ['70', 'a bug in ctdiag, printed with its stack trace'],
  ['73, 74', 'cannot create, cannot write'],
  ['129, 130, 143', 'ended by a signal'],
];

/** The manual page, of the same table as the command line and its help. */
export function manPage(root: Command): string {
  const { own, commands } = optionTable(root);
  return [
    '.TH CTDIAG 1 "" "ctdiag" "User Commands"',
    '.SH NAME',
    `ctdiag \\- ${roff(own.help.replace(/\.$/, '').replace(/^./, (letter) => letter.toLowerCase()))}`,
    '.SH SYNOPSIS',
    ...commands.flatMap((command) => ['.B ctdiag', synopsis(command), '.br']),
    '.SH COMMANDS',
    ...commands.flatMap(commandPart),
    '.SH OPTIONS',
    ...own.options.flatMap(optionPart),
    '.SH FILES',
    '.TP',
    '.I ~/.config/ctdiag/config.json',
    'Settings, a JSON object, comments allowed: theme, color, ascii, interval, source, detail, keys and thresholds.',
    'XDG_CONFIG_HOME moves it. Options on the command line win.',
    '.SH ENVIRONMENT',
    '.TP',
    '.B NO_COLOR',
    'If set and not empty, no colours.',
    '.SH EXIT STATUS',
    ...EXITS.flatMap(([codes, meaning]) => ['.TP', `.B ${codes}`, roff(meaning)]),
    '.SH SEE ALSO',
    '.BR bpftrace (8),',
    '.BR conntrack (8),',
    '.BR nstat (8),',
    '.BR ss (8)',
    '',
  ].join('\n');
}

function synopsis({ name, args, options }: CommandRow): string {
  const words = [name, ...(options.length > 0 ? ['[options]'] : []), ...args.map((arg) => arg.shown)];
  return roff(words.join(' '));
}

function commandPart(command: CommandRow): string[] {
  return [
    `.SS ${roff([command.name, ...command.args.map((arg) => arg.shown)].join(' '))}`,
    roff(sentence(command.help)),
    ...command.args.flatMap(({ shown, help }) => ['.TP', `.I ${roff(shown)}`, roff(help)]),
    ...command.options.filter((option) => !option.names.includes('--help')).flatMap(optionPart),
  ];
}

function optionPart({ names, value, choices, help, standard }: OptionRow): string[] {
  const more = [
    ...(choices.length > 0 ? [`one of ${choices.join(', ')}`] : []),
    ...(standard === null ? [] : [`default ${standard}`]),
  ];
  return [
    '.TP',
    `.B ${roff(names.join(', '))}${value === null ? '' : ` \\fI${roff(value)}\\fR`}`,
    roff(more.length === 0 ? help : `${help} (${more.join('; ')})`),
  ];
}

function sentence(text: string): string {
  return `${text.replace(/^./, (letter) => letter.toUpperCase())}.`;
}

/** Text that roff prints as it is: a line that begins with a dot or a quote would be a request. */
function roff(text: string): string {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/, '\\&$1');
}
