import type { Command, Option } from 'commander';
import { readConfig } from './config.js';
import type { Setting } from './config.js';

/** The options that may be given once and for all; what each may be stands in the option itself. */
const KEPT = ['theme', 'color', 'ascii', 'interval', 'source', 'detail'] as const;

/** Keys of a user's own: each does what the other does. */
export type OwnKeys = Readonly<Record<string, string>>;

/** Settings of the file take the place of defaults; what stands on the command line wins. */
export function applyConfig(root: Command, command: Command): void {
  const given = command.opts<{ config?: string }>();
  if (!command.options.some((one) => one.attributeName() === 'config')) return;
  const all = root.commands.flatMap((one) => one.options);
  const settings = KEPT.flatMap((name) => {
    const option = all.find((one) => one.attributeName() === name);
    return option === undefined ? [] : [settingOf(name, option)];
  });
  const found = readConfig(given.config ?? null, [...settings, KEYS]);
  for (const [name, value] of found) {
    const known = name === KEYS.name || command.options.some((one) => one.attributeName() === name);
    const source = command.getOptionValueSource(name);
    if (known && (source === undefined || source === 'default'))
      command.setOptionValueWithSource(name, value, 'config');
  }
}

function settingOf(name: string, option: Option): Setting {
  const { argChoices, parseArg } = option;
  if (argChoices !== undefined)
    return {
      name,
      allowed: argChoices.join(' or '),
      read: (value) => (typeof value === 'string' && argChoices.includes(value) ? value : undefined),
    };
  if (parseArg !== undefined)
    return {
      name,
      allowed: `a ${option.flags.replace(/.*<|>.*/g, '')} such as "1s"`,
      read(value) {
        try {
          return typeof value === 'string' ? parseArg<unknown>(value, undefined) : undefined;
        } catch {
          return undefined;
        }
      },
    };
  return {
    name,
    allowed: 'true or false',
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  };
}

/** A key as the screen names it: a character, `C-x`, `S-x`, or a name such as `f2`. */
const KEY = /^(?:[CS]-)?(?:[!-~]|[a-z]+\d*)$/;

const KEYS: Setting = {
  name: 'keys',
  allowed: 'pairs of keys such as { "x": "q" }: x then does what q does',
  read(value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const pairs = Object.entries(value as Record<string, unknown>);
    const fine = pairs.every(
      ([key, meant]) => KEY.test(key) && typeof meant === 'string' && KEY.test(meant) && !/^C-c$/.test(key),
    );
    return fine ? Object.fromEntries(pairs) : undefined;
  },
};
