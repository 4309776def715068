import { seriesOf } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import type { Listener, Netns } from '../../records/index.js';
import type { Fix } from './fix.js';
import { netnsEntry } from './netns-entry.js';
import { defaultOf } from './raise.js';

/** Room for a queue that somaxconn caps; and, in any case, why its process does not accept. */
export function relieveAcceptQueue(window: Window, listener: Listener): Fix[] {
  const entry = netnsEntry(window, listener.netns, listener.owner?.pid ?? null);
  const somaxconn = seriesOf(window, listener.netns, 'net.core.somaxconn')?.last ?? null;
  const isCapped = somaxconn !== null && listener.backlog !== null && listener.backlog >= somaxconn;
  const raisedCap = Math.max(4 * (somaxconn ?? 0), ...defaultOf(window, 'net.core.somaxconn'));
  return [
    { id: 'find-accept-wait', listener, entry },
    { id: 'raise-backlog', listener, entry, somaxconn, somaxconnTo: isCapped ? raisedCap : null },
  ];
}

/** An accept queue overflowed, and it is not known which. */
export function findListener(window: Window, netns: Netns): Fix {
  return { id: 'find-listener', entry: netnsEntry(window, netns) };
}

/**
 * SYN cookies, unless they are on by now. Where they could not be read, as in another namespace, they were off: with them
 * the kernel drops no SYN at a full queue.
 */
export function enableSyncookies(window: Window, netns: Netns): Fix[] {
  const cookies = seriesOf(window, netns, 'net.ipv4.tcp_syncookies')?.last ?? null;
  return cookies === 0 || cookies === null
    ? [{ id: 'enable-syncookies', entry: netnsEntry(window, netns) }]
    : [];
}
