/** Printed for an unknown figure. */
export const UNKNOWN = '?';

/** A count with thousands separated: `65,536`. Unknown is `?`, never 0. */
export function formatCount(value: number | null): string {
  // Adding 0 makes a 0 of -0, which rounding leaves of small negative figures.
  return value === null ? UNKNOWN : (Math.round(value) + 0).toLocaleString('en-US');
}

/** A count of things: `1 entry`, `65,536 entries`. The plural takes an s unless it is given. */
export function formatCounted(value: number, text: string, several = `${text}s`): string {
  return `${formatCount(value)} ${value === 1 ? text : several}`;
}

/** A limit; from the highest exact integer on it prints as `no limit`, because no use reaches it. */
export function formatLimit(value: number | null): string {
  return value !== null && value >= Number.MAX_SAFE_INTEGER ? 'no limit' : formatCount(value);
}

/** A rate per second: whole above 10, one decimal below, `0` only for exactly 0. */
export function formatRate(perSec: number | null): string {
  if (perSec === null) return UNKNOWN;
  if (perSec === 0 || perSec >= 9.95) return formatCount(perSec);
  return perSec < 0.05 ? '<0.1' : perSec.toFixed(1);
}

/** A share of a limit: `100 %`, `63 %`, `0.4 %`, `>999 %`. Full is said only when it is full. */
export function formatShare(share: number | null): string {
  if (share === null) return UNKNOWN;
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  if (percent > 0 && percent < 0.95) return `${percent.toFixed(1)} %`;
  if (percent > 99 && percent < 100) return '99 %';
  return percent > 999 ? '>999 %' : `${Math.round(percent)} %`;
}

/** A duration: `<0.1 s`, `0.4 s`, `16 s`, `4 min 5 s`, `2 h 3 min`, `5 d 2 h`. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null) return UNKNOWN;
  if (seconds > 0 && seconds < 0.1) return '<0.1 s';
  if (seconds > 0 && seconds < 0.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joinUnits(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return joinUnits(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return joinUnits(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

function joinUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Bytes in binary units: `22 MiB`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return UNKNOWN;
  let value = bytes;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (value < 1023.5)
      return `${value >= 9.95 || unit === 'B' ? Math.round(value) : value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}

/** Time of day of a wall-clock instant, local time: `20:41:07`. */
export function formatClock(atMs: number): string {
  const at = new Date(atMs);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The local date of a wall-clock instant: `2026-11-21`. */
export function formatDate(atMs: number): string {
  const at = new Date(atMs);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The offset of local time at an instant: `UTC`, `+01:00`. */
export function formatZone(atMs: number): string {
  return offsetOf(atMs) === '+00:00' ? 'UTC' : offsetOf(atMs);
}

function offsetOf(atMs: number): string {
  const two = (part: number): string => String(Math.floor(part)).padStart(2, '0');
  const offset = -new Date(atMs).getTimezoneOffset();
  return `${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
}

/** A wall-clock instant for readers elsewhere: `2026-11-21 20:41:07 +01:00`. */
export function formatMoment(atMs: number): string {
  return `${formatDate(atMs)} ${formatClock(atMs)} ${offsetOf(atMs)}`;
}
