import type { ElapsedMs, Netns } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import type { Source } from '../source.js';
import { inNamespace } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';
import { createLookSource } from './look-source.js';
import { createLooks } from './looks.js';
import type { Looks } from './looks.js';
import { createUnreadLook, mostUnread } from './unread-sockets.js';
import type { UnreadLook } from './unread-sockets.js';

/** Over which it is seen whether connections are accepted and nothing is sent; and between two looks. */
const SPAN_MS = 5000;
/** Fewer accepted connections tell nothing. */
const FEWEST_ACCEPTED = 10;
/** With at most this many sent segments per accepted connection (FINs count), the host does not answer. */
const SILENT_SHARE = 0.5;
const LIMITS = { timeoutMs: 5000, maxBytes: 16 * 1024 * 1024 };

interface Place {
  sinceMs: ElapsedMs;
  accepted: number;
  sent: number;
  /** The look before, while it is suspicious. */
  look: UnreadLook | null;
  isPublished: boolean;
}

/**
 * Connections that are accepted and whose data nobody reads: looked for only while a namespace accepts connections and
 * sends nothing, or while there were some at the last look.
 */
export function openUnreadSource(options: { readonly view: HostView }): Source & Pick<Looks, 'settled'> {
  const { view } = options;
  const looks = createLooks();
  const places = new Map<Netns, Place>();
  let failure: string | null = null;

  async function look(netns: Netns, file: string | null, place: Place): Promise<void> {
    const taken = createUnreadLook();
    const end = await looks.tools.run(
      inNamespace(file, ['ss', '-H', '-t', '-n', 'state', 'established']),
      (line) => taken.take(line),
      LIMITS,
    );
    failure = end.isCut ? null : toolFailure('ss', end);
    if (failure !== null) return;
    const now = taken.result();
    const most = place.look === null ? null : mostUnread(place.look, now);
    place.look = now.waiting.size === 0 ? null : now;
    if (most === null && !place.isPublished) return;
    place.isPublished = most !== null;
    view.addFigures(netns, {
      'unserved.unread': most?.unread ?? 0,
      ...(most === null ? {} : { 'unserved.port': most.port, 'unserved.established': most.established }),
    });
  }

  function dueLook(netns: Netns, file: string | null, elapsedMs: ElapsedMs): (() => Promise<void>) | null {
    const accepted = view.figure(netns, 'Tcp.PassiveOpens');
    const sent = view.figure(netns, 'TcpExt.TCPOrigDataSent');
    if (accepted === null || sent === null) return null;
    const place = places.get(netns);
    if (place === undefined) {
      places.set(netns, { sinceMs: elapsedMs, accepted, sent, look: null, isPublished: false });
      return null;
    }
    if (elapsedMs - place.sinceMs < SPAN_MS) return null;
    const came = accepted - place.accepted;
    const isSilent = came >= FEWEST_ACCEPTED && sent - place.sent <= SILENT_SHARE * came;
    Object.assign(place, { sinceMs: elapsedMs, accepted, sent });
    return isSilent || place.look !== null || place.isPublished ? () => look(netns, file, place) : null;
  }

  function nextLook(elapsedMs: ElapsedMs): (() => Promise<void>) | null {
    for (const { netns, file } of [{ netns: view.own, file: null }, ...view.namespaces]) {
      const due = dueLook(netns, file, elapsedMs);
      if (due !== null) return due;
    }
    return null;
  }

  return createLookSource({ looks, nextLook, what: 'connections that nobody reads', failure: () => failure });
}
