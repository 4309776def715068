import type { Command, Option } from 'commander';
import { STANDARD_THRESHOLDS } from '../../diagnose/thresholds.js';
import type { Thresholds } from '../../diagnose/thresholds.js';
import { CEILING_IDS, CEILING_KINDS } from '../../model/ceiling-kinds.js';
import type { CeilingId } from '../../model/ceiling-kinds.js';
import { readConfig, shorten } from './config.js';
import type { ConfigSetting } from './config.js';
import { parseDuration } from '../../playback/time/durations.js';

/** The options that may be given once and for all; what each may be stands in the option itself. */
const CONFIGURABLE = ['theme', 'color', 'ascii', 'interval', 'source', 'detail'] as const;

/** Keys that a user binds: each does what the other does. */
export type OwnKeys = Readonly<Record<string, string>>;

/**
 * Settings of the file take the place of defaults; what stands on the command line wins. `isBound` says whether
 * the screen has a key of that name.
 */
export function applyConfig(root: Command, command: Command, isBound: (key: string) => boolean): void {
  const given = command.opts<{ config?: string }>();
  if (!command.options.some((option) => option.attributeName() === 'config')) return;
  const parts = [keysSetting(isBound), THRESHOLDS];
  const all = root.commands.flatMap((command) => command.options);
  const settings = CONFIGURABLE.flatMap((name) => {
    const option = all.find((option) => option.attributeName() === name);
    return option === undefined ? [] : [settingOf(name, option)];
  });
  const found = readConfig(given.config ?? null, [...settings, ...parts]);
  for (const [name, value] of found) {
    const known =
      parts.some((part) => part.name === name) ||
      command.options.some((option) => option.attributeName() === name);
    const source = command.getOptionValueSource(name);
    if (known && (source === undefined || source === 'default'))
      command.setOptionValueWithSource(name, value, 'config');
  }
}

function settingOf(name: string, option: Option): ConfigSetting {
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
          const isText = typeof value === 'string' || typeof value === 'number';
          return isText ? parseArg<unknown>(String(value), undefined) : undefined;
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

/** Keys of a user's own; `isBound` says whether the screen knows a key. */
function keysSetting(isBound: (key: string) => boolean): ConfigSetting {
  return {
    name: 'keys',
    allowed: 'pairs of keys such as { "x": "q" }: x then does what q does',
    read(value, wrong) {
      if (!isRecord(value)) return undefined;
      for (const [key, meant] of Object.entries(value)) {
        if (key === 'C-c') throw wrong(key, 'C-c cannot be bound to another action: it ends ctdiag.');
        if (!KEY.test(key))
          throw wrong(
            key,
            `${shorten(key)} is not a key; a key is a character, C-x, S-x or a name such as f2.`,
          );
        if (typeof meant !== 'string' || !isBound(meant))
          throw wrong(
            key,
            `${shorten(key)} cannot be ${shorten(meant)}, which is not bound; ? on the screen lists the keys.`,
          );
      }
      return { ...value };
    },
  };
}

const THRESHOLDS: ConfigSetting = {
  name: 'thresholds',
  allowed: 'shares and a time such as { "conntrack": "80%", "soon": "5m" }',
  read(value, wrong): Thresholds | undefined {
    if (!isRecord(value)) return undefined;
    const near: Partial<Record<CeilingId, number>> = { ...STANDARD_THRESHOLDS.near };
    let { soonSec } = STANDARD_THRESHOLDS;
    for (const [name, given] of Object.entries(value)) {
      if (name === 'soon') {
        const isText = typeof given === 'string' || typeof given === 'number';
        const ms = isText ? parseDuration(String(given)) : null;
        if (ms === null) throw wrong(name, `"soon" cannot be ${shorten(given)}; give a time such as "5m".`);
        soonSec = ms / 1000;
        continue;
      }
      if (!isCeiling(name))
        throw wrong(
          name,
          `there is no ceiling ${shorten(name)}; there are ${CEILING_IDS.join(', ')}, and soon.`,
        );
      const share = shareOf(given);
      if (share === null)
        throw wrong(name, `"${name}" cannot be ${shorten(given)}; give a share such as "80%".`);
      near[name] = share;
    }
    return { near, soonSec };
  },
};

function isCeiling(name: string): name is CeilingId {
  return Object.hasOwn(CEILING_KINDS, name);
}

/** `"80%"` or 0.8 as 0.8; `null` for what is no share, or one that nothing can reach. */
function shareOf(given: unknown): number | null {
  const percent = typeof given === 'string' ? /^(\d+(?:\.\d+)?) ?%$/.exec(given)?.[1] : undefined;
  const share = percent === undefined ? given : Number(percent) / 100;
  return typeof share === 'number' && share > 0 && share <= 1 ? share : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
