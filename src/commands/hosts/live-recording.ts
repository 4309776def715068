import type { Thresholds } from '../../diagnose/index.js';
import type { Recording } from '../../playback/fleet.js';
import { createSession } from '../../playback/session.js';
import type { Session } from '../../playback/session.js';
import { formatClock } from '../../render/index.js';
import { followHost } from './follow-host.js';
import type { FollowedHost } from './follow-host.js';
import type { HostAccess } from './host-stream.js';

/** A host as the screen has it, while it is connected to. */
export interface LiveRecording extends Recording, FollowedHost {}

/** Follows a host; its history begins anew with each connection. `changed` is called when there is something to show. */
export function recordLive(
  host: string,
  access: HostAccess,
  thresholds: Thresholds | undefined,
  changed: () => void,
): LiveRecording {
  let session: Session | null = null;
  let beganAtMs: number | undefined;
  let why: string | null = 'connecting';
  const followed = followHost(host, access, {
    header(header) {
      session = createSession(header, false, thresholds);
      beganAtMs = Date.now();
      why = null;
      changed();
    },
    record(record) {
      if (session?.take(record) === true) changed();
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
