import type { ElapsedMs } from '../../records/index.js';
import { parseDuration } from './durations.js';
import type { Fleet } from '../fleet.js';

/**
 * The moment that a person means by a time: `20:41:07` or `20:41` is the wall clock on the day that is shown,
 * `-2m` and `+30s` count from the moment shown. `null` when the text is no time; whether anything is recorded
 * at that time is not asked.
 */
export function parseMoment(fleet: Fleet, shownMs: ElapsedMs, time: string): ElapsedMs | null {
  const wantedMs = timeNear(fleet.startedAtMs + shownMs, time);
  return wantedMs === null ? null : wantedMs - fleet.startedAtMs;
}

/** The wall clock that `time` means, seen from `nearMs`; `null` when it is no time. */
export function timeNear(nearMs: number, time: string): number | null {
  return wallClock(nearMs, time) ?? parseRelative(nearMs, time);
}

function wallClock(nearMs: number, time: string): number | null {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(time.trim());
  if (match === null) return null;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const at = new Date(nearMs);
  // To the end of that second: frames fall inside it.
  at.setHours(hours, minutes, seconds, 999);
  return at.getTime();
}

function parseRelative(fromMs: number, time: string): number | null {
  const match = /^([+-])(.+)$/.exec(time.trim());
  const ms = match?.[2] === undefined ? null : parseDuration(match[2]);
  if (ms === null) return null;
  return match?.[1] === '-' ? fromMs - ms : fromMs + ms;
}
