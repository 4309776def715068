import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Thresholds } from '../diagnose/thresholds.js';
import { parseDuration } from '../playback/time/durations.js';
import type { LookOptions } from '../commands/screen/screen-host.js';
import type { OwnKeys } from './settings/apply-config.js';
import { parsePort } from './values/port.js';
import { parseSize } from './values/sizes.js';
import { timeNear } from '../playback/time/seek.js';
import { isTime } from '../playback/time/time-span.js';

/** setTimeout takes at most 2^31-1 ms (24.8 days). */
const LONGEST_MS = 24 * 86_400_000;
/** A smaller ring would not hold minutes. */
const MIN_SIZE_BYTES = 1024 ** 2;

/** What a ring holds when `--max-size` does not say. */
export const DEFAULT_RING_BYTES = 256 * 1024 ** 2;

/** A duration such as `5m`, in milliseconds. */
export const duration = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0)
    throw new InvalidArgumentError('Give a duration such as 10s, 5m or 1h30m; a bare number is seconds.');
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
const time = (text: string): string => {
  if (!isTime(text))
    throw new InvalidArgumentError(
      'Give a time such as 20:41:07, -10m (before the end) or 2026-11-21T20:41:07Z.',
    );
  return text;
};

/** Where a replay starts, as it is typed. */
const startTime = (text: string): string => {
  if (timeNear(0, text) === null)
    throw new InvalidArgumentError('Give a time such as 20:41:07, or +5m from the beginning.');
  return text;
};

/** Where a replay starts. */
export const atOption = (): Option =>
  new Option('--at <time>', 'where to start: 20:41:07, or +5m from the beginning').argParser(startTime);

/** The speed of a replay. */
export const speed = (text: string): number => {
  const times = text === 'max' ? Number.POSITIVE_INFINITY : Number(text.replace(/x$/, ''));
  if (!(times >= 0.1) || (Number.isFinite(times) && times > 1000))
    throw new InvalidArgumentError('Give a speed from 0.1 to 1000, or max.');
  return times;
};

/** The time between two frames, in milliseconds. */
const interval = (text: string): number => {
  const ms = duration(text);
  if (ms < 200 || ms > 60_000)
    throw new InvalidArgumentError('Give an interval from 200ms to 60s (0.2 to 60).');
  return ms;
};

/** Where figures come from. */
export const sourceOption = (): Option =>
  new Option(
    '--source <which>',
    'bpftrace probes and kernel counters where possible (auto), probes required, or counters only',
  )
    .choices(['auto', 'bpftrace', 'counters'])
    .default('auto');

/** Whether to look at single flows. */
export const detailOption = (): Option =>
  new Option(
    '--detail <when>',
    'trace whose flows are refused or opened: while flows are refused (auto), always, or never',
  )
    .choices(['auto', 'on', 'off'])
    .default('auto');

/** How often. */
export const intervalOption = (): Option =>
  new Option('--interval <time>', 'time between two samples').argParser(interval).default(1000, '1s');

/** For which background. */
const themeOption = (): Option =>
  new Option('--theme <theme>', 'colours for a dark or light background')
    .choices(['dark', 'light'])
    .default('dark');

/** With which characters; without it the terminal and the locale say. */
const asciiOption = (): Option =>
  new Option('--ascii', 'draw with ASCII characters (default where the locale is not UTF-8)');

/** The way back from what {@link asciiOption} finds out. */
const noAsciiOption = (): Option =>
  new Option('--no-ascii', 'draw with line and block characters, whatever the locale');

/** Settings of a file. */
export const configOption = (): Option =>
  new Option('--config <file>', 'settings file (default: ~/.config/ctdiag/config.json)');

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
  readonly netns?: string;
  readonly port?: number;
}

/** How the screen is drawn, out of the flags and the environment. */
export const look = (flags: LookFlags): LookOptions => ({
  // https://no-color.org: any value but the empty one.
  color: flags.color && (process.env['NO_COLOR'] ?? '') === '',
  ascii: flags.ascii ?? null,
  theme: flags.theme,
  keys: flags.keys ?? {},
  filter: [flags.netns ?? [], flags.port === undefined ? [] : `:${flags.port}`].flat().join(' '),
  thresholds: flags.thresholds,
});

/** The beginning of the part of a capture that is read. */
export const fromOption = (): Option =>
  new Option('--from <time>', 'start of the part to read: 20:41:07, or -10m from the end').argParser(time);

/** The end of that part. */
export const toOption = (): Option => new Option('--to <time>', 'end of the part to read').argParser(time);

/** Adds the options of how a screen is drawn. */
export function addLookOptions(command: Command): Command {
  return command
    .option('--no-color', 'no colours (as does NO_COLOR)')
    .addOption(asciiOption())
    .addOption(noAsciiOption())
    .addOption(themeOption())
    .option('--netns <name>', 'start with the lists filtered by this network namespace (as / does)')
    .addOption(
      new Option('--port <port>', 'start with the lists filtered by this port (as / does)').argParser(
        parsePort,
      ),
    );
}
