import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Thresholds } from '../diagnose/thresholds.js';
import { parseDuration } from '../playback/time/durations.js';
import { EXIT, UserError } from '../exit.js';
import type { LookOptions } from '../commands/screen/screen-host.js';
import type { OwnKeys } from './settings.js';
import { parseSize } from './sizes.js';
import { isTime } from '../playback/time/time-span.js';

/** What a timer can hold is a little more. */
const LONGEST_MS = 24 * 86_400_000;
/** What `--max-size` takes: a ring of less would hold no minutes. */
const MIN_SIZE_BYTES = 1024 ** 2;

/** A time such as `5m`, in milliseconds. */
export const duration = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0) throw new InvalidArgumentError('Give a time such as 10s, 5m or 1h30m.');
  if (ms > LONGEST_MS) throw new InvalidArgumentError('Give at most 24d.');
  return ms;
};

/** A size such as `64M`, in bytes. */
export const size = (text: string): number => {
  const bytes = parseSize(text);
  if (bytes === null || bytes < MIN_SIZE_BYTES)
    throw new InvalidArgumentError('Give a size of at least 1M, such as 64M or 1G.');
  return bytes;
};

/** A moment, as it is typed. */
export const time = (text: string): string => {
  if (!isTime(text))
    throw new InvalidArgumentError(
      'Give a time such as 20:41:07, -10m (before the end) or 2026-11-21T20:41:07Z.',
    );
  return text;
};

/** The pace of a replay. */
export const speed = (text: string): number => {
  const times = text === 'max' ? Number.POSITIVE_INFINITY : Number(text.replace(/x$/, ''));
  if (!(times >= 0.1) || (Number.isFinite(times) && times > 1000))
    throw new InvalidArgumentError('Give a pace from 0.1 to 1000, or max.');
  return times;
};

/** The time between two frames, in milliseconds. */
const interval = (text: string): number => {
  const ms = duration(text);
  if (ms < 200 || ms > 60_000) throw new InvalidArgumentError('Give an interval from 200ms to 60s.');
  return ms;
};

/** Where figures come from. */
export const sourceOption = (): Option =>
  new Option('--source <which>', 'where figures come from; auto takes probes where they can run')
    .choices(['auto', 'bpftrace', 'counters'])
    .default('auto');

/** Whether to look at single flows. */
export const detailOption = (): Option =>
  new Option(
    '--detail <when>',
    'who is refused and who opens flows: auto while flows are refused, on from the start, off never',
  )
    .choices(['auto', 'on', 'off'])
    .default('auto');

/** How often. */
export const intervalOption = (): Option =>
  new Option('--interval <time>', 'time between two frames').argParser(interval).default(1000, '1s');

/** For which background. */
export const themeOption = (): Option =>
  new Option('--theme <theme>', 'colours for a dark or a light background')
    .choices(['dark', 'light'])
    .default('dark');

/** With which characters; without it the terminal and the locale say. */
export const asciiOption = (): Option =>
  new Option('--ascii', 'ASCII characters only; by itself where the locale is not UTF-8');

/** The way back from what {@link asciiOption} finds out. */
export const noAsciiOption = (): Option =>
  new Option('--no-ascii', 'blocks and lines, whatever the locale says');

/** Settings of a file. */
export const configOption = (): Option =>
  new Option('--config <file>', 'settings, instead of ~/.config/ctdiag/config.json');

/** What only the file can set. */
export interface FileSettings {
  readonly thresholds?: Thresholds;
}

/** Flags of the commands that have a screen. */
export interface LookFlags extends FileSettings {
  readonly color: boolean;
  readonly ascii?: boolean;
  readonly theme: 'dark' | 'light';
  readonly keys?: OwnKeys;
}

/** How the screen is drawn, out of the flags and the environment. */
export const look = (flags: LookFlags): LookOptions => ({
  // https://no-color.org: any value but the empty one.
  color: flags.color && (process.env['NO_COLOR'] ?? '') === '',
  ascii: flags.ascii ?? null,
  theme: flags.theme,
  keys: flags.keys ?? {},
  thresholds: flags.thresholds,
});

/** Options of `diagnose` that say nothing of a capture, or of a host. From a settings file they pass. */
export function refuseMeaningless(file: string | null, command: Command): void {
  const typed = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  for (const name of file === null ? ['from', 'to'] : ['duration', 'source', 'detail'])
    if (typed(name))
      throw new UserError(
        EXIT.usage,
        file === null
          ? `--${name} is of a capture, and none was given; --duration says how long this host is watched.`
          : `--${name} is of a live host, and ${file} is a capture; --from and --to choose a part of it.`,
      );
}
