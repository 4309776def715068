import type { Thresholds } from '../../diagnose/index.js';
import type { Recording } from '../../playback/fleet.js';
import { createSession } from '../../playback/session.js';
import type { Session } from '../../playback/session.js';
import { gapsOfAllSources, shiftRecord } from '../../records/index.js';
import type { StreamHeader } from '../../records/index.js';
import { formatClock } from '../../render/index.js';
import { followHost } from './follow-host.js';
import type { FollowedHost } from './follow-host.js';
import type { HostAccess } from './host-stream.js';

/** A host as the screen has it, while it is connected to. */
export interface LiveRecording extends Recording, FollowedHost {}

/**
 * Follows a host. Its history goes on with the next connection, with a gap before it, as long as it is the same boot of
 * the same host, whose counters go on as well. `changed` is called when there is something to show.
 */
export function recordLive(
  host: string,
  access: HostAccess,
  thresholds: Thresholds | undefined,
  changed: () => void,
): LiveRecording {
  let session: Session | null = null;
  let beganAtMs: number | undefined;
  /** When this connection began, in the time of the session. */
  let shiftMs = 0;
  let isFirst = true;
  let why: string | null = 'connecting';
  const followed = followHost(host, access, {
    header(header) {
      const nowMs = Date.now();
      isFirst = true;
      why = null;
      if (session !== null && beganAtMs !== undefined && isSameBoot(session.header, header)) {
        shiftMs = nowMs - beganAtMs;
      } else {
        session = createSession(header, false, thresholds);
        beganAtMs = nowMs;
        shiftMs = 0;
      }
      changed();
    },
    record(record) {
      if (session === null) return;
      const lastMs = session.elapsedAt(session.length - 1);
      // A clock that was set back between two connections must not make time run backwards.
      if (isFirst && lastMs !== undefined) shiftMs = Math.max(shiftMs, lastMs - record.elapsedMs);
      const elapsedMs = record.elapsedMs + shiftMs;
      if (isFirst && lastMs !== undefined)
        for (const gap of gapsOfAllSources(lastMs, elapsedMs, 'there was no connection')) session.take(gap);
      isFirst = false;
      if (session.take(shiftRecord(record, elapsedMs, shiftMs))) changed();
    },
    lost(reason, retryInSec) {
      why = `${reason}; next attempt at ${formatClock(Date.now() + retryInSec * 1000)}`;
      changed();
    },
  });
  return {
    file: host,
    state: 'growing',
    get session() {
      // Without a frame there is nothing to show of it yet.
      return session === null || session.length === 0 ? null : session;
    },
    get beganAtMs() {
      return beganAtMs;
    },
    get why() {
      return why;
    },
    stop: () => followed.stop(),
  };
}

/** Whether counters and times of two streams belong together. Where the boot is not known, they may not. */
function isSameBoot(before: StreamHeader, now: StreamHeader): boolean {
  return (
    now.bootId !== null &&
    now.bootId === before.bootId &&
    now.host === before.host &&
    now.netns === before.netns &&
    now.intervalMs === before.intervalMs
  );
}
